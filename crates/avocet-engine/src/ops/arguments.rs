//! Arguments of JavaScript as Rust types.

use avocet_v8::{
    Arguments, Array, ArrayBuffer, ArrayBufferView, Function, HandleScope, Local, Object, Promise,
    String as JsString, Value,
};

/// A type that an argument can be read as.
pub trait FromJs<'s>: Sized {
    /// Description of the type in the error message: the argument must be…
    const WANTED: &'static str;

    /// Reads it; `None` where it is of another type. Nothing is converted.
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self>;

    /// Reads the argument at `index` of a call, or gives the value of another type back. Only a type
    /// that stands for several arguments does it in another way than [`from_js`](Self::from_js).
    #[inline]
    fn from_arguments(
        scope: &mut HandleScope<'s>,
        arguments: &Arguments<'s>,
        index: usize,
    ) -> Result<Self, Local<'s, Value>> {
        let value = arguments.get(index);
        Self::from_js(scope, value).ok_or(value)
    }
}

macro_rules! from_number {
    ($($type:ty, $wanted:literal, $range:expr;)*) => {$(
        impl<'s> FromJs<'s> for $type {
            const WANTED: &'static str = $wanted;
            #[inline]
            fn from_js(_: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
                if let Some(number) = value.as_i32() {
                    return <$type>::try_from(number).ok();
                }
                let number = value.as_f64()?;
                (number.fract() == 0.0 && $range.contains(&number)).then_some(number as $type)
            }
        }
    )*};
}

from_number! {
    u32, "an integer from 0 to 4294967295", (0.0..=4_294_967_295.0);
    i32, "an integer of 32 bits", (-2_147_483_648.0..=2_147_483_647.0);
    u16, "an integer from 0 to 65535", (0.0..=65_535.0);
}

impl<'s> FromJs<'s> for f64 {
    const WANTED: &'static str = "a number";
    #[inline]
    fn from_js(_: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        value.as_f64()
    }
}

impl<'s> FromJs<'s> for bool {
    const WANTED: &'static str = "a boolean";
    #[inline]
    fn from_js(_: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        if value.is_true() {
            return Some(true);
        }
        value.is_false().then_some(false)
    }
}

impl<'s> FromJs<'s> for String {
    const WANTED: &'static str = "a string";
    #[inline]
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        Some(value.try_cast::<JsString>()?.to_rust_string_lossy(scope))
    }
}

macro_rules! from_handle {
    ($($type:ty, $wanted:literal;)*) => {$(
        impl<'s> FromJs<'s> for Local<'s, $type> {
            const WANTED: &'static str = $wanted;
            #[inline]
            fn from_js(_: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
                value.try_cast()
            }
        }
    )*};
}

from_handle! {
    Value, "a value";
    JsString, "a string";
    Object, "an object";
    Array, "an array";
    Function, "a function";
    Promise, "a promise";
    ArrayBufferView, "a Uint8Array";
}

/// `null` and `undefined` are `None`.
impl<'s, T: FromJs<'s>> FromJs<'s> for Option<T> {
    const WANTED: &'static str = T::WANTED;
    #[inline]
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        if value.is_null_or_undefined() {
            return Some(None);
        }
        T::from_js(scope, value).map(Some)
    }
}

/// An argument whose wrong types count as absent, for interfaces whose programs may pass anything:
/// no `TypeError` comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lenient<T>(pub Option<T>);

impl<T> Lenient<T> {
    /// The argument, or `default` where there is none of its type.
    pub fn unwrap_or(self, default: T) -> T {
        self.0.unwrap_or(default)
    }

    /// The argument, or its type's default.
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        self.0.unwrap_or_default()
    }
}

impl<'s, T: FromJs<'s>> FromJs<'s> for Lenient<T> {
    const WANTED: &'static str = T::WANTED;
    #[inline]
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        Some(Self(T::from_js(scope, value)))
    }
}

/// The argument at its place and all after it; the last parameter of an operation.
#[derive(Debug, Clone)]
pub struct Rest<T>(pub Vec<T>);

impl<'s, T: FromJs<'s>> FromJs<'s> for Rest<T> {
    const WANTED: &'static str = T::WANTED;
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        T::from_js(scope, value).map(|value| Self(vec![value]))
    }

    fn from_arguments(
        scope: &mut HandleScope<'s>,
        arguments: &Arguments<'s>,
        index: usize,
    ) -> Result<Self, Local<'s, Value>> {
        let rest = (index..arguments.len()).map(|at| T::from_arguments(scope, arguments, at));
        rest.collect::<Result<Vec<T>, _>>().map(Self)
    }
}

/// An array of strings, from a flat JavaScript array.
impl<'s> FromJs<'s> for Vec<String> {
    const WANTED: &'static str = "an array of strings";
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        let array = value.try_cast::<Array>()?;
        (0..array.length())
            .map(|index| {
                let item = array.get_index(scope, index)?;
                String::from_js(scope, item)
            })
            .collect()
    }
}

/// A copy of the bytes of a `Uint8Array` or an `ArrayBuffer`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'s> FromJs<'s> for Bytes {
    const WANTED: &'static str = "a Uint8Array or an ArrayBuffer";
    fn from_js(scope: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        let mut bytes = Vec::new();
        Blob::view(value)?.write_into(scope, &mut bytes);
        Some(Self(bytes))
    }
}

/// Text or bytes, not yet copied.
#[derive(Debug, Clone, Copy)]
pub enum Blob<'s> {
    /// A string: its UTF-8.
    Text(Local<'s, JsString>),
    /// The part of a buffer that a view shows.
    View(Local<'s, ArrayBufferView>),
    /// A whole buffer.
    Buffer(Local<'s, ArrayBuffer>),
}

impl<'s> Blob<'s> {
    fn view(value: Local<'s, Value>) -> Option<Self> {
        if let Some(view) = value.try_cast() {
            return Some(Self::View(view));
        }
        value.try_cast().map(Self::Buffer)
    }

    /// Appends the bytes.
    pub fn write_into(self, scope: &mut HandleScope<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => text.write_utf8_into(scope, out),
            Self::View(view) => view.read_into(out),
            Self::Buffer(buffer) => buffer.read_into(out),
        }
    }
}

impl<'s> FromJs<'s> for Blob<'s> {
    const WANTED: &'static str = "a string, a Uint8Array or an ArrayBuffer";
    #[inline]
    fn from_js(_: &mut HandleScope<'s>, value: Local<'s, Value>) -> Option<Self> {
        value.try_cast().map(Self::Text).or_else(|| Self::view(value))
    }
}

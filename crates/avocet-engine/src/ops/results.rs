//! Results of operations, as JavaScript sees them.

use avocet_v8::{Array, ArrayBuffer, HandleScope, Local, ReturnValue, String as JsString, Value};

/// A type that an operation can return.
pub trait IntoJs<'s> {
    /// Sets the result.
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError>;
}

/// An error of an operation; it becomes a JavaScript error whose message begins with the
/// operation's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OpError {
    kind: OpErrorKind,
    message: String,
}

/// The JavaScript class of an [`OpError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpErrorKind {
    /// `Error`.
    Error,
    /// `TypeError`.
    Type,
    /// `RangeError`.
    Range,
    /// JavaScript was called and threw (or was terminated): that goes on.
    Thrown,
}

impl OpError {
    /// A JavaScript `Error`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: OpErrorKind::Error, message: message.into() }
    }

    /// A `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self { kind: OpErrorKind::Type, message: message.into() }
    }

    /// A `RangeError`.
    pub fn range(message: impl Into<String>) -> Self {
        Self { kind: OpErrorKind::Range, message: message.into() }
    }

    /// The exception that JavaScript has thrown inside the operation.
    pub fn thrown() -> Self {
        Self { kind: OpErrorKind::Thrown, message: "an exception was thrown".into() }
    }

    /// Class of the error.
    pub fn kind(&self) -> OpErrorKind {
        self.kind
    }

    #[cold]
    pub(crate) fn throw(&self, scope: &mut HandleScope<'_>, operation: &str) {
        let text = format!("{operation}: {}", self.message);
        match self.kind {
            OpErrorKind::Error => scope.throw_error(&text),
            OpErrorKind::Type => scope.throw_type_error(&text),
            OpErrorKind::Range => scope.throw_range_error(&text),
            OpErrorKind::Thrown => {}
        }
    }
}

impl<'s, T: IntoJs<'s>> IntoJs<'s> for Result<T, OpError> {
    #[inline]
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        self?.into_js(scope, result)
    }
}

impl<'s, T: IntoJs<'s>> IntoJs<'s> for Option<T> {
    #[inline]
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        match self {
            Some(value) => value.into_js(scope, result),
            None => {
                result.set_null();
                Ok(())
            }
        }
    }
}

/// A result that is `undefined`, and not `null`, where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrUndefined<T>(pub Option<T>);

impl<'s, T: IntoJs<'s>> IntoJs<'s> for OrUndefined<T> {
    #[inline]
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        self.0.map_or(Ok(()), |value| value.into_js(scope, result))
    }
}

/// A result of one of two types, told apart by JavaScript's `typeof`: a number, or the text of
/// what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first.
    Left(A),
    /// The other.
    Right(B),
}

impl<A, B> From<Result<A, B>> for Either<A, B> {
    fn from(result: Result<A, B>) -> Self {
        match result {
            Ok(value) => Self::Left(value),
            Err(error) => Self::Right(error),
        }
    }
}

impl<'s, A: IntoJs<'s>, B: IntoJs<'s>> IntoJs<'s> for Either<A, B> {
    #[inline]
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        match self {
            Self::Left(value) => value.into_js(scope, result),
            Self::Right(value) => value.into_js(scope, result),
        }
    }
}

macro_rules! into_primitive {
    ($($type:ty => $set:ident;)*) => {$(
        impl<'s> IntoJs<'s> for $type {
            #[inline]
            fn into_js(
                self,
                _: &mut HandleScope<'s>,
                result: &ReturnValue<'s>,
            ) -> Result<(), OpError> {
                result.$set(self);
                Ok(())
            }
        }
    )*};
}

into_primitive! {
    bool => set_bool;
    i32 => set_int32;
    u32 => set_uint32;
    f64 => set_double;
}

impl<'s> IntoJs<'s> for () {
    #[inline]
    fn into_js(self, _: &mut HandleScope<'s>, _: &ReturnValue<'s>) -> Result<(), OpError> {
        Ok(())
    }
}

impl<'s, T> IntoJs<'s> for Local<'s, T>
where
    Local<'s, T>: Into<Local<'s, Value>>,
{
    #[inline]
    fn into_js(self, _: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        result.set(self.into());
        Ok(())
    }
}

impl<'s> IntoJs<'s> for &str {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        let text = JsString::new(scope, self).ok_or_else(too_long)?;
        text.into_js(scope, result)
    }
}

impl<'s> IntoJs<'s> for String {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        self.as_str().into_js(scope, result)
    }
}

/// An `ArrayBuffer`.
impl<'s> IntoJs<'s> for Vec<u8> {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        let buffer = ArrayBuffer::copy_of(scope, &self).ok_or_else(OpError::thrown)?;
        buffer.into_js(scope, result)
    }
}

/// An array of values.
impl<'s> IntoJs<'s> for Vec<Local<'s, Value>> {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        Array::new_with_elements(scope, &self).into_js(scope, result)
    }
}

/// An array of strings.
impl<'s> IntoJs<'s> for &[String] {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        let mut items: Vec<Local<'s, Value>> = Vec::with_capacity(self.len());
        for text in self {
            items.push(JsString::new(scope, text).ok_or_else(too_long)?.into());
        }
        items.into_js(scope, result)
    }
}

/// An array of strings.
impl<'s, const N: usize> IntoJs<'s> for [String; N] {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        self.as_slice().into_js(scope, result)
    }
}

/// An array of strings.
impl<'s> IntoJs<'s> for Vec<String> {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        self.as_slice().into_js(scope, result)
    }
}

/// An array of numbers.
impl<'s, const N: usize> IntoJs<'s> for [f64; N] {
    fn into_js(self, scope: &mut HandleScope<'s>, result: &ReturnValue<'s>) -> Result<(), OpError> {
        let items = self.map(|number| avocet_v8::Number::new(scope, number).into());
        Array::new_with_elements(scope, &items).into_js(scope, result)
    }
}

pub(crate) fn too_long() -> OpError {
    OpError::range("the text is longer than a string can be")
}

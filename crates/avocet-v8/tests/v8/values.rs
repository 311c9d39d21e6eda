//! Values: making, casting, reading, inspecting.

use crate::common::{eval, set_global, show, string, thrown, with_scope};
use avocet_v8::{
    Array, BigInt, Boolean, Date, Function, HandleScope, Integer, KeyOptions, Local, Map, Number,
    Object, Private, PropertyAttribute, Proxy, RegExp, Set, String, Symbol, Value, ValueKind,
    WellKnownSymbol, json, null, undefined,
};

fn value<'s>(scope: &mut HandleScope<'s>, text: &str) -> Local<'s, Value> {
    eval(scope, &format!("({text})")).expect("a value")
}

#[test]
fn every_value_has_a_kind() {
    use ValueKind::*;
    let kinds = [
        ("undefined", Undefined),
        ("null", Null),
        ("true", Boolean),
        ("-3", Int32),
        ("2147483648", Number),
        ("0.5", Number),
        ("12n", BigInt),
        ("'s'", String),
        ("Symbol('s')", Symbol),
        ("() => 0", Function),
        ("class {}", Function),
        ("[1]", Array),
        ("new ArrayBuffer(1)", ArrayBuffer),
        ("new Uint8Array(1)", ArrayBufferView),
        ("new DataView(new ArrayBuffer(1))", ArrayBufferView),
        ("Promise.resolve()", Promise),
        ("new Map", Object),
        ("{}", Object),
    ];
    with_scope(|scope| {
        for (text, kind) in kinds {
            assert_eq!(value(scope, text).kind(), kind, "{text}");
        }
        let external = avocet_v8::External::new(scope, 77);
        assert_eq!(external.kind(), External);
        assert_eq!(external.value(), 77);
    });
}

#[test]
fn predicates_answer_for_their_type_only() {
    type Check = fn(&Value) -> bool;
    let checks: &[(&str, Check)] = &[
        ("new Map", |v| v.is_map()),
        ("new Set", |v| v.is_set()),
        ("new WeakMap", |v| v.is_weak_map()),
        ("new WeakSet", |v| v.is_weak_set()),
        ("new Map().entries()", |v| v.is_map_iterator()),
        ("new Set().values()", |v| v.is_set_iterator()),
        ("/x/", |v| v.is_reg_exp()),
        ("new Date", |v| v.is_date()),
        ("new TypeError('x')", |v| v.is_native_error()),
        ("new Proxy({}, {})", |v| v.is_proxy()),
        ("Promise.resolve()", |v| v.is_promise()),
        ("async () => 0", |v| v.is_async_function()),
        ("function* () {}", |v| v.is_generator_function()),
        ("(function* () {})()", |v| v.is_generator_object()),
        ("new Number(1)", |v| v.is_number_object()),
        ("new String('')", |v| v.is_string_object()),
        ("new Boolean(true)", |v| v.is_boolean_object()),
        ("Object(1n)", |v| v.is_big_int_object()),
        ("Object(Symbol())", |v| v.is_symbol_object()),
        ("new SharedArrayBuffer(1)", |v| v.is_shared_array_buffer()),
        ("new Float32Array(1)", |v| v.is_float32_array()),
        ("new BigUint64Array(1)", |v| v.is_big_uint64_array()),
        ("new DataView(new ArrayBuffer(1))", |v| v.is_data_view()),
        ("(function () { return arguments })()", |v| v.is_arguments_object()),
    ];
    with_scope(|scope| {
        for (own, (text, _)) in checks.iter().enumerate() {
            let value = value(scope, text);
            for (other, (name, check)) in checks.iter().enumerate() {
                assert_eq!(check(&value), own == other, "{text} asked for {name}");
            }
        }
    });
}

#[test]
fn casts_check_the_type() {
    with_scope(|scope| {
        let function = value(scope, "() => 0");
        assert!(function.try_cast::<Function>().is_some());
        assert!(function.try_cast::<Object>().is_some());
        assert!(function.try_cast::<Array>().is_none());
        let error = Local::<String>::try_from(function).unwrap_err();
        assert_eq!(error.expected, "String");
        assert!(value(scope, "0.5").try_cast::<Integer>().is_none());
        assert!(value(scope, "4294967295").try_cast::<Integer>().is_some());
    });
}

#[test]
fn numbers_are_read_without_and_with_conversion() {
    with_scope(|scope| {
        assert_eq!(value(scope, "-7").as_i32(), Some(-7));
        assert_eq!(value(scope, "'7'").as_i32(), None);
        assert_eq!(value(scope, "1.5").as_f64(), Some(1.5));
        assert_eq!(value(scope, "'1.5'").number_value(scope), Some(1.5));
        assert_eq!(value(scope, "-1").uint32_value(scope), Some(u32::MAX));
        assert_eq!(value(scope, "4294967297").int32_value(scope), Some(1));
        assert_eq!(value(scope, "2 ** 53").integer_value(scope), Some(1 << 53));
        assert!(!value(scope, "''").boolean_value(scope));
        assert_eq!(Number::new(scope, 0.25).value(), 0.25);
        assert_eq!(Integer::new_from_unsigned(scope, u32::MAX).value(), i64::from(u32::MAX));
        assert!(Boolean::new(scope, true).is_true());
        let scope = &mut avocet_v8::TryCatch::new(scope);
        assert_eq!(value(scope, "Symbol()").number_value(scope), None);
        assert!(scope.has_caught());
    });
}

#[test]
fn bigints_keep_all_their_bits() {
    with_scope(|scope| {
        let big = BigInt::new_from_words(scope, true, &[1, 2]).unwrap();
        assert_eq!(big.to_words(), (true, vec![1, 2]));
        set_global(scope, "big", big.into());
        assert_eq!(show(scope, "big === -(2n * 2n ** 64n + 1n)"), "true");
        assert_eq!(big.i64_value(), (-1, false));
        assert_eq!(BigInt::new_from_i64(scope, -5).i64_value(), (-5, true));
        assert_eq!(BigInt::new_from_u64(scope, u64::MAX).u64_value(), (u64::MAX, true));
    });
}

#[test]
fn equality_is_javascripts() {
    with_scope(|scope| {
        let (a, b) = (value(scope, "'x'.repeat(20)"), value(scope, "'x'.repeat(20)"));
        assert!(a.strict_equals(b));
        let nan = value(scope, "NaN");
        assert!(!nan.strict_equals(nan));
        assert!(nan.same_value(nan));
        let (object, other) = (value(scope, "{}"), value(scope, "{}"));
        assert!(object == object && object != other);
        let array: Local<Object> = eval(scope, "Array").unwrap().cast();
        assert_eq!(value(scope, "[]").instance_of(scope, array), Some(true));
    });
}

#[test]
fn objects_have_properties() {
    with_scope(|scope| {
        let object = Object::new(scope);
        set_global(scope, "o", object.into());
        let one = Integer::new(scope, 1).into();
        let key = string(scope, "key");
        assert_eq!(object.set(scope, key.into(), one), Some(true));
        assert_eq!(object.has(scope, key.into()), Some(true));
        assert_eq!(object.get(scope, key.into()).unwrap().as_i32(), Some(1));
        assert_eq!(object.set_index(scope, 4, one), Some(true));
        let fixed = string(scope, "fixed");
        let attributes = PropertyAttribute::READ_ONLY | PropertyAttribute::DONT_ENUM;
        object.define_own_property(scope, fixed.into(), one, attributes).unwrap();
        assert_eq!(show(scope, "o.fixed = 2; o.fixed + JSON.stringify(o)"), r#"1{"4":1,"key":1}"#);
        assert_eq!(object.delete(scope, key.into()), Some(true));
        assert_eq!(object.has_own_property(scope, key.into()), Some(false));
        let names = object.get_own_property_names(scope).unwrap();
        assert_eq!(names.length(), 1);
        let all = KeyOptions { non_enumerable: true, ..Default::default() };
        assert_eq!(object.keys(scope, all).unwrap().length(), 2);
    });
}

#[test]
fn objects_are_made_at_once() {
    with_scope(|scope| {
        let names = [string(scope, "a").into(), string(scope, "b").into()];
        let values = [Integer::new(scope, 1).into(), Integer::new(scope, 2).into()];
        let prototype = null(scope).into();
        let object = Object::with_prototype_and_properties(scope, prototype, &names, &values);
        assert!(object.get_prototype(scope).is_null());
        set_global(scope, "o", object.into());
        assert_eq!(show(scope, "JSON.stringify(o)"), r#"{"a":1,"b":2}"#);
    });
}

#[test]
fn accessors_call_their_functions() {
    with_scope(|scope| {
        let object = Object::new(scope);
        set_global(scope, "o", object.into());
        let getter = Function::new(scope, |_, _, result| result.set_int32(5)).unwrap();
        let name = string(scope, "five").into();
        let none = PropertyAttribute::NONE;
        object.define_accessor(scope, name, Some(getter), None, none).unwrap();
        assert_eq!(show(scope, "o.five"), "5");
        let descriptor = object.get_own_property_descriptor(scope, name).unwrap();
        assert!(descriptor.is_object());
    });
}

#[test]
fn private_properties_are_invisible() {
    with_scope(|scope| {
        let object = Object::new(scope);
        let name = string(scope, "secret");
        let key = Private::for_api(scope, name);
        let seven = Integer::new(scope, 7).into();
        object.set_private(scope, key, seven).unwrap();
        assert_eq!(object.has_private(scope, key), Some(true));
        assert_eq!(object.get_private(scope, key).unwrap().as_i32(), Some(7));
        let all = KeyOptions { non_enumerable: true, symbols: true, ..Default::default() };
        assert_eq!(object.keys(scope, all).unwrap().length(), 0);
        assert_eq!(object.delete_private(scope, key), Some(true));
        assert_eq!(object.has_private(scope, key), Some(false));
    });
}

#[test]
fn prototypes_and_constructors_are_found() {
    with_scope(|scope| {
        let object: Local<Object> =
            eval(scope, "class Cat {}; globalThis.cat = new Cat; cat").unwrap().cast();
        assert_eq!(object.get_constructor_name(scope).to_rust_string_lossy(scope), "Cat");
        let prototype = object.get_prototype(scope);
        let expected = eval(scope, "Cat.prototype").unwrap();
        assert!(prototype == expected);
        let nothing = null(scope).into();
        object.set_prototype(scope, nothing).unwrap();
        assert!(object.get_prototype(scope).is_null());
        object.freeze(scope).unwrap();
        assert_eq!(thrown(scope, "'use strict'; cat.x = 1").split(':').next(), Some("TypeError"));
    });
}

#[test]
fn collections_work() {
    with_scope(|scope| {
        let (one, two) = (Integer::new(scope, 1).into(), Integer::new(scope, 2).into());
        let array = Array::new_with_elements(scope, &[one, two]);
        assert_eq!(array.length(), 2);
        assert_eq!(array.get_index(scope, 1).unwrap().as_i32(), Some(2));
        assert_eq!(Array::new(scope, 3).length(), 3);
        let map = Map::new(scope);
        map.set(scope, one, two).unwrap();
        assert_eq!(
            (map.size(), map.has(scope, one), map.has(scope, two)),
            (1, Some(true), Some(false))
        );
        assert_eq!(map.get(scope, one).unwrap().as_i32(), Some(2));
        assert_eq!(map.as_array(scope).length(), 2);
        assert_eq!(map.delete(scope, one), Some(true));
        let set = Set::new(scope);
        set.add(scope, one).unwrap();
        assert_eq!((set.size(), set.has(scope, one)), (1, Some(true)));
        assert_eq!(set.as_array(scope).length(), 1);
        assert_eq!(set.delete(scope, one), Some(true));
    });
}

#[test]
fn previews_do_not_run_javascript() {
    with_scope(|scope| {
        let map: Local<Object> = value(scope, "new Map([[1, 2], [3, 4]])").cast();
        let (entries, pairs) = map.preview_entries(scope).unwrap();
        assert_eq!((entries.length(), pairs), (4, true));
        let iterator: Local<Object> = value(scope, "globalThis.i = new Set([5]).values()").cast();
        let (entries, pairs) = iterator.preview_entries(scope).unwrap();
        assert_eq!((entries.length(), pairs), (1, false));
        assert_eq!(show(scope, "i.next().value"), "5");
        let plain: Local<Object> = value(scope, "{}").cast();
        assert!(plain.preview_entries(scope).is_none());
    });
}

#[test]
fn other_objects_show_what_they_hold() {
    with_scope(|scope| {
        let date = Date::new(scope, 86_400_000.0).unwrap();
        assert_eq!(date.value_of(), 86_400_000.0);
        let pattern = string(scope, "a+");
        let regexp = RegExp::new(scope, pattern, "gi").unwrap();
        assert_eq!(regexp.get_source(scope).to_rust_string_lossy(scope), "a+");
        assert_eq!(regexp.get_flags(), "gi");
        let proxy: Local<Proxy> = value(scope, "new Proxy([1], { x: 1 })").cast();
        assert!(proxy.get_target(scope).is_array());
        assert!(proxy.get_handler(scope).is_object());
        let wrapped = value(scope, "new Number(3)").wrapped_primitive(scope).unwrap();
        assert_eq!(wrapped.as_i32(), Some(3));
        assert!(value(scope, "{}").wrapped_primitive(scope).is_none());
    });
}

#[test]
fn symbols_are_known_by_key() {
    with_scope(|scope| {
        let key = string(scope, "k");
        let symbol = Symbol::for_key(scope, key);
        let expected = eval(scope, "Symbol.for('k')").unwrap();
        assert!(symbol == expected);
        assert!(symbol.description(scope).strict_equals(key.into()));
        assert!(Symbol::new(scope, key) != symbol);
        let iterator = Symbol::well_known(scope, WellKnownSymbol::Iterator);
        let expected = eval(scope, "Symbol.iterator").unwrap();
        assert!(iterator == expected);
    });
}

#[test]
fn strings_for_people_never_throw() {
    with_scope(|scope| {
        let symbol = value(scope, "Symbol('s')");
        let text = symbol.to_detail_string(scope).unwrap();
        assert_eq!(text.to_rust_string_lossy(scope), "Symbol(s)");
        let error = value(scope, "new RangeError('far')").to_detail_string(scope).unwrap();
        assert_eq!(error.to_rust_string_lossy(scope), "RangeError: far");
        let nothing: Local<Value> = undefined(scope).into();
        assert_eq!(nothing.type_of(scope).to_rust_string_lossy(scope), "undefined");
    });
}

#[test]
fn json_goes_both_ways() {
    with_scope(|scope| {
        let text = string(scope, r#"{"a":[1,"ü",null]}"#);
        let parsed = json::parse(scope, text).unwrap();
        let again = json::stringify(scope, parsed).unwrap();
        assert_eq!(again.to_rust_string_lossy(scope), r#"{"a":[1,"ü",null]}"#);
        let gap = string(scope, " ");
        let pretty = json::stringify_pretty(scope, parsed, gap).unwrap();
        assert!(pretty.to_rust_string_lossy(scope).contains("\n  1,"));
        let scope = &mut avocet_v8::TryCatch::new(scope);
        let broken = string(scope, "{");
        assert!(json::parse(scope, broken).is_none());
        let exception = scope.exception().unwrap().to_rust_string_lossy(scope);
        assert!(exception.starts_with("SyntaxError"), "{exception}");
    });
}

#[test]
fn values_are_cloned_between_isolates() {
    let mut bytes = Vec::new();
    with_scope(|scope| {
        let value = value(
            scope,
            "(() => { const o = { m: new Map([[1, new Date(5)]]) }; o.o = o; return o })()",
        );
        bytes = scope.serialize(value).unwrap();
        let function = eval(scope, "() => 0").unwrap();
        let scope = &mut avocet_v8::TryCatch::new(scope);
        assert!(scope.serialize(function).is_none());
        assert!(scope.has_caught());
    });
    with_scope(|scope| {
        let copy = scope.deserialize(&bytes).unwrap();
        set_global(scope, "copy", copy);
        assert_eq!(show(scope, "copy.o === copy && +copy.m.get(1)"), "5");
        let scope = &mut avocet_v8::TryCatch::new(scope);
        assert!(scope.deserialize(b"nonsense").is_none());
        assert!(scope.has_caught());
    });
}

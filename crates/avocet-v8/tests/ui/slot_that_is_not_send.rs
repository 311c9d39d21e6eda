use std::rc::Rc;

use avocet_v8::HandleScope;

fn keep(scope: &mut HandleScope<'_>) {
    scope.set_slot(Rc::new(1));
}

fn main() {}

use std::{cell::Cell, rc::Rc};

use avocet_v8::{Function, HandleScope};

fn count(scope: &mut HandleScope<'_>) {
    let count = Rc::new(Cell::new(0));
    Function::new(scope, move |_, _, _| count.set(count.get() + 1));
}

fn main() {}

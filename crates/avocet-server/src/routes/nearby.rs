//! The nearest name, for a caller who asked for a function that does not exist.

use super::table::Routes;

/// Functions that are looked at: a wrong address must not cost much.
const LOOKED_AT: usize = 1000;

/// Edits from a name to the one that is suggested: more is another name.
const NEAR: usize = 2;

/// One sentence: what is missing, and what of the same namespace may have been meant.
pub(crate) fn sentence(routes: &Routes, namespace: &str, name: &str) -> String {
    let missing = format!("no function {name:?} in namespace {namespace:?}");
    if routes.functions().next().is_none() {
        return format!("{missing}; none is deployed, `avocet deploy -f PATH` deploys one");
    }
    let nearest = routes
        .functions()
        .filter(|function| function.name.namespace() == namespace)
        .take(LOOKED_AT)
        .map(|function| (distance(function.name.name(), name), function.name.as_str()))
        .min();
    match nearest {
        // A name is not guessed from less than half of it.
        Some((edits, there)) if edits <= NEAR.min(name.len() / 2) => {
            format!("{missing}; the nearest is {there}")
        }
        _ => missing,
    }
}

/// Edits that turn `a` into `b` (Levenshtein). The texts are short: two DNS labels, or cut.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<u8> = b.bytes().take(130).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().take(130).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("default/hello", "default/hello"), 0);
        assert_eq!(distance("default/helo", "default/hello"), 1);
        assert_eq!(distance("default/hullo!", "default/hello"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}

//! What a caller may have meant who asked for a function that does not exist.

use super::Routes;

/// Functions that are looked at: a wrong address must not cost much.
const LOOKED_AT: usize = 1000;

/// One sentence: what is missing, and what is there.
pub(crate) fn sentence(routes: &Routes, namespace: &str, name: &str) -> String {
    let missing = format!("no function {name:?} in namespace {namespace:?}");
    let wanted = format!("{namespace}/{name}");
    let nearest = routes
        .functions()
        .take(LOOKED_AT)
        .map(|function| function.name.as_str())
        .min_by_key(|there| (distance(there, &wanted), *there));
    match nearest {
        Some(there) => format!("{missing}; the nearest is {there}"),
        None => format!("{missing}; none is deployed, `avocet deploy -f PATH` deploys one"),
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

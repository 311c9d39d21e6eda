//! The part of an installer's output that says what went wrong.

/// Lines of an error that are shown.
const MAX_LINES: usize = 12;

/// Texts that installers print where the network does not answer.
const UNREACHABLE: [&str; 10] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "ENETUNREACH",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Failed to establish a new connection",
    "Connection refused",
];

/// The installer's own error: its lines that are marked as such, else its last ones.
pub(super) fn of(output: &str) -> String {
    let mut lines: Vec<&str> = without_dumps(output.lines().filter_map(marked));
    let build = output.lines().map(str::trim).skip_while(|line| !line.starts_with("error: "));
    let build = build.filter(|line| !line.is_empty() && marked(line).is_none());
    // What a package's own program said comes before what pip makes of it.
    lines.splice(0..0, build.take(MAX_LINES / 2));
    lines.truncate(MAX_LINES);
    if lines.is_empty() {
        lines = output.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        lines.drain(..lines.len().saturating_sub(MAX_LINES));
    }
    let mut message = lines.join("\n");
    if UNREACHABLE.iter().any(|sign| output.contains(sign)) {
        message.push_str("\nthe package registry cannot be reached from this machine");
    }
    message
}

/// Leaves out stacks and dumps of error objects: npm prints its own with what it could not do.
fn without_dumps<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut in_dump = false;
    for line in lines {
        let frame = line.starts_with("    at ");
        if frame || in_dump {
            in_dump = if frame { line.ends_with('{') } else { line != "}" };
        } else if !["errno ", "syscall "].iter().any(|start| line.starts_with(start)) {
            kept.push(line);
        }
    }
    kept
}

/// The text of a line that is an error.
fn marked(line: &str) -> Option<&str> {
    let text = ["npm error ", "npm ERR! ", "ERROR: "].iter().find_map(|m| line.strip_prefix(m))?;
    let noise = text.is_empty() || text.contains("A complete log of this run");
    (!noise).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_lines_are_the_message() {
        let output = "npm http fetch GET 404\nnpm error code E404\nnpm error 404 Not Found\n\
                      npm error A complete log of this run can be found in: /x\n";
        assert_eq!(of(output), "code E404\n404 Not Found");
        let output = "Collecting nope\nERROR: No matching distribution found for nope\n";
        assert_eq!(of(output), "No matching distribution found for nope");
    }

    #[test]
    fn stacks_and_dumps_are_left_out() {
        let output = "npm error code ECONNREFUSED\nnpm error errno ECONNREFUSED\n\
                      npm error FetchError: request failed\n\
                      npm error     at onSocketNT (node:_http_client:904:5)\n\
                      npm error     at tick (node:internal/process/task_queues:83:21) {\n\
                      npm error   code: 'ECONNREFUSED',\nnpm error   requiredBy: '.'\n\
                      npm error }\nnpm error   indented\n";
        let unreachable = "the package registry cannot be reached from this machine";
        let expected =
            ["code ECONNREFUSED", "FetchError: request failed", "  indented", unreachable];
        assert_eq!(of(output), expected.join("\n"));
    }

    #[test]
    fn without_marks_the_end_is_the_message() {
        let output = (0..20).map(|n| format!("line {n}\n")).collect::<String>();
        let message = of(&output);
        assert!(message.starts_with("line 8\n") && message.ends_with("line 19"), "{message}");
    }

    #[test]
    fn a_registry_that_does_not_answer_is_named() {
        let message = of("npm error code ENOTFOUND\nnpm error errno ENOTFOUND\n");
        assert!(message.ends_with("cannot be reached from this machine"));
    }
}

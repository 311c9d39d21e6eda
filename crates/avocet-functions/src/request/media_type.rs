//! Media types (RFC 9110 §8.3.1), read without copying.

/// A media type: `application/json; charset=utf-8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType<'a> {
    kind: &'a str,
    subtype: &'a str,
    parameters: &'a str,
}

impl<'a> MediaType<'a> {
    /// Reads a content type. `None` where it is not one: the type or the subtype is missing or has
    /// characters that are not allowed, or a parameter is malformed.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let (kind, subtype) = essence.trim_matches(OWS).split_once('/')?;
        let parsed = Self { kind, subtype, parameters };
        (is_token(kind) && is_token(subtype) && parsed.has_sound_parameters()).then_some(parsed)
    }

    /// Whether type and subtype are these (in lower case).
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether the type is this (in lower case), whatever the subtype.
    pub fn has_type(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// The subtype, as written.
    pub fn subtype(&self) -> &'a str {
        self.subtype
    }

    /// `application/json`, `text/json` or a subtype that ends in `+json`.
    pub fn is_json(&self) -> bool {
        let suffix = self.subtype.len().checked_sub("+json".len());
        let suffix = suffix.and_then(|at| self.subtype.get(at..));
        self.is("application", "json")
            || self.is("text", "json")
            || suffix.is_some_and(|s| s.eq_ignore_ascii_case("+json"))
    }

    /// A parameter's value without quotes (escapes in a quoted value are left as they are).
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut parameters = Parameters(self.parameters);
        let found = parameters.find(|p| p.is_some_and(|(own, _)| own.eq_ignore_ascii_case(name)));
        found.flatten().map(|(_, value)| value)
    }

    /// The whole content type `text`, which this was read from, with another value of a parameter.
    pub(super) fn with_parameter(&self, text: &str, name: &str, value: &str) -> String {
        let Some(old) = self.parameter(name) else { return text.to_owned() };
        // A part of `text`: its place in it.
        let at = old.as_ptr() as usize - text.as_ptr() as usize;
        format!("{}{value}{}", &text[..at], &text[at + old.len()..])
    }

    fn has_sound_parameters(&self) -> bool {
        Parameters(self.parameters).all(|parameter| parameter.is_some())
    }
}

/// Optional white space.
const OWS: [char; 2] = [' ', '\t'];

/// Parameters; `None` is a malformed one, after which nothing follows.
struct Parameters<'a>(&'a str);

impl<'a> Iterator for Parameters<'a> {
    type Item = Option<(&'a str, &'a str)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches(|c| OWS.contains(&c) || c == ';');
        if rest.is_empty() {
            return None;
        }
        let parameter = take_parameter(rest);
        self.0 = parameter.map_or("", |(_, _, rest)| rest);
        Some(parameter.map(|(name, value, _)| (name, value)))
    }
}

fn take_parameter(text: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = text.split_once('=')?;
    let (value, rest) = match value.strip_prefix('"') {
        Some(quoted) => {
            let end = quoted_end(quoted)?;
            (&quoted[..end], quoted[end + 1..].trim_start_matches(OWS))
        }
        None => {
            let end = value.find(';').unwrap_or(value.len());
            let (value, rest) = value.split_at(end);
            let value = value.trim_end_matches(OWS);
            is_token(value).then_some((value, rest))?
        }
    };
    (is_token(name) && (rest.is_empty() || rest.starts_with(';'))).then_some((name, value, rest))
}

/// Index of the closing quote.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(allowed)
}

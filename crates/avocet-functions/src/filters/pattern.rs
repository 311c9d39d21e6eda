//! Patterns of event types.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Longest type that a subscription can name, bytes.
pub const MAX_TYPE: usize = 1024;

/// Comparison of types, `spec.typeMatching` of a subscription.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypeMatching {
    /// Without the characters that a broker's subjects cannot have: white space, `*` and `>`.
    #[default]
    Standard,
    /// As written.
    Exact,
}

impl TypeMatching {
    /// An event's type as it is compared.
    pub(super) fn of_event(self, kind: &str) -> Cow<'_, str> {
        let left_out = |c: char| c.is_whitespace() || matches!(c, '*' | '>');
        match self {
            Self::Standard if kind.contains(left_out) => {
                Cow::Owned(kind.chars().filter(|c| !left_out(*c)).collect())
            }
            _ => Cow::Borrowed(kind),
        }
    }
}

/// One of the types that a subscription takes: literal, or with `*` (see the [module](super)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypePattern {
    pub(super) tokens: Vec<Token>,
    pub(super) tail: Tail,
    pub(super) matching: TypeMatching,
}

/// A token between dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Literal(Box<str>),
    /// Any one that is not empty: `*`.
    One,
}

/// End of a pattern, behind its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tail {
    /// Nothing.
    End,
    /// One or more tokens.
    Rest,
    /// Whatever begins with this.
    Prefix(Box<str>),
}

/// A type that cannot be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypePatternError {
    /// Nothing, or nothing that is compared.
    #[error("an event type must not be empty")]
    Empty,
    /// Over [`MAX_TYPE`].
    #[error("an event type has at most {MAX_TYPE} bytes, this one has {0}")]
    TooLong(usize),
    /// A control character.
    #[error("{text:?} is no event type: it has a control character")]
    Control {
        /// The type, cut at 80 characters.
        text: String,
    },
    /// `*` beside other characters, before the end.
    #[error(
        "{text:?} is no event type: `*` stands for a whole token between dots, or for the end of the last"
    )]
    Star {
        /// The type, cut at 80 characters.
        text: String,
    },
}

impl TypePattern {
    /// Reads a type as people write it.
    ///
    /// # Errors
    /// [`TypePatternError`], which says what is allowed.
    pub fn parse(text: &str, matching: TypeMatching) -> Result<Self, TypePatternError> {
        let shown = || text.chars().take(80).collect();
        if text.len() > MAX_TYPE {
            return Err(TypePatternError::TooLong(text.len()));
        }
        if text.chars().any(|c| c.is_control()) {
            return Err(TypePatternError::Control { text: shown() });
        }
        let (start, tail) = match text.rsplit_once('.') {
            Some((start, last)) if last.ends_with('*') => (Some(start), Some(last)),
            None if text.ends_with('*') => (None, Some(text)),
            _ => (Some(text), None),
        };
        let token = |token: &str| match token {
            "*" => Ok(Token::One),
            star if star.contains('*') => Err(TypePatternError::Star { text: shown() }),
            literal => Ok(Token::Literal(matching.of_event(literal).into())),
        };
        let tokens: Vec<Token> = start
            .into_iter()
            .flat_map(|start| start.split('.'))
            .map(token)
            .collect::<Result<_, _>>()?;
        let tail = match tail {
            None => Tail::End,
            Some("*") => Tail::Rest,
            Some(last) => match last.strip_suffix('*').unwrap_or(last) {
                star if star.contains('*') => return Err(TypePatternError::Star { text: shown() }),
                beginning => Tail::Prefix(matching.of_event(beginning).into()),
            },
        };
        let empty = |tokens: &[Token]| matches!(tokens, [Token::Literal(only)] if only.is_empty());
        if tail == Tail::End && empty(&tokens) {
            return Err(TypePatternError::Empty);
        }
        Ok(Self { tokens, tail, matching })
    }

    /// Whether an event of this type is taken.
    pub fn matches(&self, kind: &str) -> bool {
        let kind = self.matching.of_event(kind);
        let mut rest = Some(&*kind);
        for token in &self.tokens {
            let Some(text) = rest else { return false };
            let (first, after) = split(text);
            let fits = match token {
                Token::One => !first.is_empty(),
                Token::Literal(literal) => **literal == *first,
            };
            if !fits {
                return false;
            }
            rest = after;
        }
        match &self.tail {
            Tail::End => rest.is_none(),
            Tail::Rest => rest.is_some_and(|rest| !rest.is_empty()),
            Tail::Prefix(beginning) => rest.is_some_and(|rest| rest.starts_with(&**beginning)),
        }
    }

    /// The type where it has no `*`, as it is compared.
    pub(super) fn literal(&self) -> Option<String> {
        let text = |token: &Token| match token {
            Token::Literal(text) => Some(text.to_string()),
            Token::One => None,
        };
        let tokens = self.tokens.iter().map(text).collect::<Option<Vec<_>>>()?;
        (self.tail == Tail::End).then(|| tokens.join("."))
    }
}

/// The first token, and what follows its dot.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once('.') {
        Some((first, after)) => (first, Some(after)),
        None => (text, None),
    }
}

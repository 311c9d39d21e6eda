//! Egress policy: the addresses that HTTP calls of functions may go to.
//!
//! The address is what counts, not its spelling: it is checked after the name was resolved, and the
//! connection goes to the address that was checked, at every redirect anew. Without rules all public
//! addresses are open. A function's own rules (`spec.egress.allow`) are its complete list; addresses
//! that are not public need a rule of the operator besides (`avocet serve --egress-allow`).

mod address;
mod rule;

use std::net::SocketAddr;
use std::sync::Arc;

pub use address::is_public;
pub use avocet_functions::model::{EgressError as RuleError, EgressRule as Rule};

/// The flag by which an operator opens addresses that are not public.
pub const FLAG: &str = "--egress-allow";

/// The field that is a function's list.
pub const FIELD: &str = "spec.egress.allow";

/// Rules of the operator and of one function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Policy {
    operator: Arc<[Rule]>,
    function: Arc<[Rule]>,
}

/// Reason for which an address is not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Address that is not in the function's list.
    #[error("{target} is not in the function's {FIELD}: add `{entry}` there")]
    NotListed {
        /// Host and address, for people.
        target: String,
        /// Entry that would open it.
        entry: String,
    },
    /// Address that is not public, and that no rule of the operator covers.
    #[error(
        "{target} is not a public address: only the operator can open it, with \
         `avocet serve {FLAG} {entry}`"
    )]
    NotPublic {
        /// Host and address, for people.
        target: String,
        /// Value of the flag that would open it.
        entry: String,
    },
}

impl Policy {
    /// The operator's rules with a function's, of which none means all public addresses.
    pub fn new(operator: Arc<[Rule]>, function: impl Into<Arc<[Rule]>>) -> Self {
        Self { operator, function: function.into() }
    }

    /// Whether a connection may go to `address`, which is one of `host`'s.
    ///
    /// # Errors
    /// Which flag or field would open it.
    pub fn check(&self, host: &str, address: SocketAddr) -> Result<(), Refused> {
        let covers = |rules: &[Rule]| rules.iter().any(|rule| rule::covers(rule, host, address));
        if !self.function.is_empty() && !covers(&self.function) {
            let entry = bare(host).to_owned();
            return Err(Refused::NotListed { target: target(host, address), entry });
        }
        if is_public(address.ip()) || covers(&self.operator) {
            return Ok(());
        }
        let entry = entry(address);
        Err(Refused::NotPublic { target: target(host, address), entry })
    }
}

/// A host as rules name it: lower case, without a dot at its end and without brackets.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']']).trim_end_matches('.')
}

fn entry(address: SocketAddr) -> String {
    address.ip().to_canonical().to_string()
}

fn target(host: &str, address: SocketAddr) -> String {
    let (host, address) = (bare(host), address.ip().to_string());
    if host == address { address } else { format!("{host} ({address})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(operator: &[&str], function: &[&str]) -> Policy {
        let rules =
            |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect::<Vec<Rule>>();
        Policy::new(rules(operator).into(), rules(function))
    }

    fn check(policy: &Policy, host: &str, address: &str) -> Result<(), Refused> {
        policy.check(host, address.parse().unwrap())
    }

    #[test]
    fn without_rules_public_addresses_are_open() {
        let policy = policy(&[], &[]);
        assert_eq!(check(&policy, "a.example", "1.1.1.1:443"), Ok(()));
        let refused = check(&policy, "a.example", "10.0.0.7:80").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a.example (10.0.0.7) is not a public address: only the operator can open it, with \
             `avocet serve --egress-allow 10.0.0.7`"
        );
        let mapped = check(&policy, "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]:80").unwrap_err();
        assert!(mapped.to_string().ends_with("--egress-allow 127.0.0.1`"), "{mapped}");
    }

    #[test]
    fn a_functions_list_is_complete_and_opens_no_private_address() {
        let policy = policy(&[], &["api.example", "10.0.0.0/8"]);
        assert_eq!(check(&policy, "api.example", "1.1.1.1:443"), Ok(()));
        let refused = check(&policy, "b.example", "1.1.1.1:443").unwrap_err();
        assert!(matches!(&refused, Refused::NotListed { entry, .. } if entry == "b.example"));
        assert!(refused.to_string().contains("spec.egress.allow"), "{refused}");
        let refused = check(&policy, "b.example", "10.0.0.7:80").unwrap_err();
        assert!(matches!(refused, Refused::NotPublic { .. }));
    }

    #[test]
    fn an_operator_opens_addresses_for_functions_whose_list_covers_them_too() {
        let open = policy(&["127.0.0.1:3000", "db.internal"], &[]);
        assert_eq!(check(&open, "localhost", "127.0.0.1:3000"), Ok(()));
        assert!(check(&open, "localhost", "127.0.0.1:3001").is_err());
        assert_eq!(check(&open, "db.internal", "10.0.0.7:5432"), Ok(()));
        let both = policy(&["*"], &["api.example"]);
        assert!(matches!(
            check(&both, "localhost", "127.0.0.1:80"),
            Err(Refused::NotListed { .. })
        ));
    }
}

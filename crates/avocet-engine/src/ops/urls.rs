//! URLs by the WHATWG standard.

use avocet_v8::HandleScope;
use url::{Url, quirks};

use super::results::OpError;

/// `href` and the parts in the order of the JavaScript side's array.
type Parts = [String; 11];

fn parts(url: &Url) -> Parts {
    [
        quirks::href(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
        &quirks::origin(url),
    ]
    .map(str::to_owned)
}

pub(super) fn url_parse(
    _: &mut HandleScope<'_>,
    input: String,
    base: Option<String>,
) -> Option<Parts> {
    let base = match base {
        Some(base) => Some(Url::parse(&base).ok()?),
        None => None,
    };
    let url = Url::options().base_url(base.as_ref()).parse(&input).ok()?;
    Some(parts(&url))
}

pub(super) fn url_set(
    _: &mut HandleScope<'_>,
    href: String,
    part: String,
    value: String,
) -> Result<Option<Parts>, OpError> {
    let Ok(mut url) = Url::parse(&href) else { return Ok(None) };
    let accepted = match part.as_str() {
        "href" => quirks::set_href(&mut url, &value).is_ok(),
        "protocol" => quirks::set_protocol(&mut url, &value).is_ok(),
        "username" => quirks::set_username(&mut url, &value).is_ok(),
        "password" => quirks::set_password(&mut url, &value).is_ok(),
        "host" => quirks::set_host(&mut url, &value).is_ok(),
        "hostname" => quirks::set_hostname(&mut url, &value).is_ok(),
        "port" => quirks::set_port(&mut url, &value).is_ok(),
        "pathname" => {
            quirks::set_pathname(&mut url, &value);
            true
        }
        "search" => {
            quirks::set_search(&mut url, &value);
            true
        }
        "hash" => {
            quirks::set_hash(&mut url, &value);
            true
        }
        _ => return Err(OpError::type_error(format!("'{part}' is no part of a URL"))),
    };
    Ok(accepted.then(|| parts(&url)))
}

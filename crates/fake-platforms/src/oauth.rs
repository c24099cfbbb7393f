//! The authorisation code with PKCE, as Spotify and Tidal give it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signal_core::model::Timestamp;
use url::Url;

use crate::reply;
use crate::state::Mint;

/// What a form or a query holds.
pub(crate) type Fields = BTreeMap<String, String>;

/// Reads a form or a query.
pub(crate) fn fields(text: &str) -> Fields {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Who may ask in whose name.
#[derive(Debug)]
pub struct OAuth {
    /// The program that is registered.
    pub client_id: String,
    /// How long an access token holds, in seconds.
    pub lifetime_seconds: i64,
    /// Whether renewing gives a new refresh token and kills the old one, as it was until mid-2026.
    pub rotates: bool,
    /// Whether the person says no.
    pub denies: bool,
    /// How often a token was asked for with a refresh token.
    pub renewals: u32,
    codes: BTreeMap<String, (String, String)>,
    access: BTreeMap<String, Timestamp>,
    refresh: BTreeSet<String>,
}

impl OAuth {
    pub(crate) fn new(client_id: &str, lifetime_seconds: i64) -> Self {
        Self {
            client_id: client_id.to_owned(),
            lifetime_seconds,
            rotates: false,
            denies: false,
            renewals: 0,
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeSet::new(),
        }
    }

    /// The person takes back what they agreed to, or six months are over: no refresh token holds.
    pub fn revoke(&mut self) {
        self.refresh.clear();
    }

    /// No access token holds any longer.
    pub fn expire(&mut self) {
        self.access.clear();
    }

    /// Whether a call carries a token that holds.
    pub(crate) fn lets_in(&self, headers: &HeaderMap, now: Timestamp) -> bool {
        let carried = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = carried.and_then(|value| value.strip_prefix("Bearer "));
        token.and_then(|token| self.access.get(token)).is_some_and(|end| now < *end)
    }

    /// The page of consent: whoever comes has agreed, and is sent back.
    pub(crate) fn page(&mut self, mint: &mut Mint, asked: &Fields) -> Response {
        let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let redirect = Url::parse(&field("redirect_uri")).ok().filter(allowed);
        let fits = field("client_id") == self.client_id
            && field("response_type") == "code"
            && field("code_challenge_method") == "S256"
            && field("code_challenge").len() == 43;
        let Some(mut redirect) = redirect.filter(|_| fits) else {
            return reply::of_kind(400, "text/html", "<h1>INVALID_CLIENT: Invalid redirect URI</h1>");
        };
        if self.denies {
            redirect.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let code = mint.token("code-");
            redirect.query_pairs_mut().append_pair("code", &code);
            self.codes.insert(code, (field("code_challenge"), field("redirect_uri")));
        }
        redirect.query_pairs_mut().append_pair("state", &field("state"));
        Redirect::to(redirect.as_str()).into_response()
    }

    /// Gives tokens for a code or for a refresh token; `extra` is what the service adds, `refused` how it says no.
    pub(crate) fn token(
        &mut self,
        mint: &mut Mint,
        now: Timestamp,
        form: &Fields,
        extra: &Value,
        refused: &dyn Fn(&str, &str) -> Value,
    ) -> Response {
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let no = |error: &str, words: &str| reply::json(400, &refused(error, words));
        if field("client_id") != self.client_id || form.contains_key("client_secret") {
            return no("invalid_client", "Invalid client");
        }
        let refresh = match field("grant_type") {
            "authorization_code" => {
                let Some((challenge, redirect)) = self.codes.remove(field("code")) else {
                    return no("invalid_grant", "Invalid authorization code");
                };
                let made = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
                if made != challenge || redirect != field("redirect_uri") {
                    return no("invalid_grant", "code_verifier was incorrect");
                }
                let refresh = mint.token("refresh-");
                self.refresh.insert(refresh.clone());
                Some(refresh)
            }
            "refresh_token" => {
                self.renewals += 1;
                if !self.refresh.contains(field("refresh_token")) {
                    return no("invalid_grant", "Refresh token revoked");
                }
                self.rotates.then(|| {
                    self.refresh.remove(field("refresh_token"));
                    let refresh = mint.token("refresh-");
                    self.refresh.insert(refresh.clone());
                    refresh
                })
            }
            _ => return no("unsupported_grant_type", "grant_type is not supported"),
        };
        let access = mint.token("access-");
        self.access.insert(access.clone(), now.plus_seconds(self.lifetime_seconds));
        let mut answer =
            json!({"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime_seconds});
        if let (Some(answer), Some(extra)) = (answer.as_object_mut(), extra.as_object()) {
            answer.extend(extra.clone());
            answer.extend(refresh.map(|refresh| ("refresh_token".to_owned(), refresh.into())));
        }
        reply::json(200, &answer)
    }
}

/// https, or http to a loopback literal; never the word `localhost`.
fn allowed(redirect: &Url) -> bool {
    match redirect.scheme() {
        "https" => true,
        "http" => matches!(redirect.host_str(), Some("127.0.0.1" | "[::1]")),
        _ => false,
    }
}

//! The authorisation code with PKCE (RFC 7636), as a program without a secret uses it.

use std::fmt;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, Client, ClientId, CsrfToken, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse,
    TokenUrl,
};
use serde::{Deserialize, Serialize};
use signal_core::model::Timestamp;
use signal_core::platform::{
    Attempt, Authorization, Consent, ConsentAnswer, ConsentRequest, ConsentStep, PlatformError, Secret,
};
use url::Url;

use super::call::Call;
use super::client::Http;

const AGREE: &str = "say how to agree";
const COMPLETE: &str = "complete the permission";
const RENEW: &str = "renew the permission";

/// What Tidal adds to an answer; others leave it out.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    user_id: Option<serde_json::Value>,
}

impl ExtraTokenFields for Extra {}

type Token = StandardTokenResponse<Extra, BasicTokenType>;
type PublicClient = Client<
    BasicErrorResponse,
    Token,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A program registered with a service.
#[derive(Debug)]
pub(crate) struct Pkce {
    platform: &'static str,
    client: PublicClient,
    scopes: &'static [&'static str],
}

/// What a service gave for a code or a refresh token.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) access: Secret,
    pub(crate) refresh: Option<Secret>,
    pub(crate) expires_at: Option<Timestamp>,
    /// Who it is, where the answer says so; a number or a text.
    pub(crate) user: Option<String>,
}

impl Granted {
    /// The permission that this renews: what was not sent again is kept, and the consent is as old as it was.
    pub(crate) fn renewing(self, old: &Authorization) -> Authorization {
        Authorization {
            access: self.access,
            refresh: self.refresh.or_else(|| old.refresh.clone()),
            expires_at: self.expires_at,
            ..old.clone()
        }
    }
}

/// What is remembered until the answer comes.
#[derive(Serialize, Deserialize)]
struct Memory {
    verifier: String,
    state: String,
    redirect: String,
}

/// An error of ours on its way through the library.
#[derive(Debug)]
struct Carried(PlatformError);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

impl Pkce {
    pub(crate) fn new(
        platform: &'static str,
        client_id: &str,
        (authorize, token): (&Url, &Url),
        scopes: &'static [&'static str],
    ) -> Self {
        let client = Client::new(ClientId::new(client_id.to_owned()))
            .set_auth_uri(AuthUrl::from_url(authorize.clone()))
            .set_token_uri(TokenUrl::from_url(token.clone()));
        Self { platform, client, scopes }
    }

    fn failed(&self, what: &'static str, reason: &str) -> PlatformError {
        PlatformError::Failed { platform: self.platform, what, reason: reason.to_owned(), retry: false }
    }

    /// The page to visit, with a verifier and a state made of the request's entropy.
    pub(crate) fn begin(&self, request: ConsentRequest<'_>) -> Result<Consent, PlatformError> {
        let redirect =
            request.redirect.ok_or_else(|| self.failed(AGREE, "there is no address to come back to"))?;
        let (verifier, state) = request.entropy.split_at(32);
        let memory = Memory {
            verifier: URL_SAFE_NO_PAD.encode(verifier),
            state: URL_SAFE_NO_PAD.encode(state),
            redirect: redirect.to_owned(),
        };
        let redirect = self.redirect(AGREE, &memory)?;
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(memory.verifier.clone()));
        let state = memory.state.clone();
        let (url, _) = self
            .client
            .authorize_url(|| CsrfToken::new(state))
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .add_scopes(self.scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let memory = serde_json::to_string(&memory)
            .map_err(|_| self.failed(AGREE, "what has to be remembered cannot be written"))?;
        let attempt = Attempt {
            platform: self.platform.to_owned(),
            began_at: request.now,
            memory: Secret::new(memory),
        };
        Ok(Consent { step: ConsentStep::Visit { url: url.into() }, attempt })
    }

    fn redirect(&self, what: &'static str, memory: &Memory) -> Result<RedirectUrl, PlatformError> {
        RedirectUrl::new(memory.redirect.clone())
            .map_err(|_| self.failed(what, "the address to come back to is none"))
    }

    /// Changes the code in an answer for tokens.
    pub(crate) async fn complete(
        &self,
        http: &Http,
        attempt: &Attempt,
        answer: ConsentAnswer<'_>,
        now: Timestamp,
    ) -> Result<Granted, PlatformError> {
        let memory: Option<Memory> = serde_json::from_str(attempt.memory.reveal()).ok();
        let Some(memory) = memory.filter(|_| attempt.platform == self.platform) else {
            return Err(self.failed(COMPLETE, "the attempt is of another service"));
        };
        if now > attempt.began_at.plus_seconds(Attempt::VALID_SECONDS) {
            return Err(self.failed(COMPLETE, "the attempt is too old: begin again"));
        }
        let query = answer.0.rsplit_once('?').map_or(answer.0, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let part = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        if part("state").as_deref() != Some(memory.state.as_str()) {
            return Err(self.failed(COMPLETE, "the answer belongs to another attempt"));
        }
        match (part("code"), part("error")) {
            (Some(code), None) => self.exchange(http, code, memory, now).await,
            (_, Some(error)) if error == "access_denied" => {
                Err(PlatformError::NeedsConsent { platform: self.platform })
            }
            _ => Err(self.failed(COMPLETE, "the answer holds no code")),
        }
    }

    async fn exchange(
        &self,
        http: &Http,
        code: String,
        memory: Memory,
        now: Timestamp,
    ) -> Result<Granted, PlatformError> {
        let redirect = self.redirect(COMPLETE, &memory)?;
        let asked = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(memory.verifier))
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .request_async(&Bridge { http, platform: self.platform, what: COMPLETE })
            .await;
        asked.map(|token| granted(&token, now)).map_err(|error| self.judged(COMPLETE, error))
    }

    /// Changes a refresh token for a new access token.
    pub(crate) async fn renew(
        &self,
        http: &Http,
        old: &Authorization,
        now: Timestamp,
    ) -> Result<Authorization, PlatformError> {
        let Some(refresh) = &old.refresh else {
            return Err(PlatformError::NeedsConsent { platform: self.platform });
        };
        let asked = self
            .client
            .exchange_refresh_token(&RefreshToken::new(refresh.reveal().to_owned()))
            .request_async(&Bridge { http, platform: self.platform, what: RENEW })
            .await;
        let new = asked.map(|token| granted(&token, now)).map_err(|error| self.judged(RENEW, error))?;
        Ok(new.renewing(old))
    }

    fn judged(
        &self,
        what: &'static str,
        error: RequestTokenError<Carried, BasicErrorResponse>,
    ) -> PlatformError {
        match error {
            RequestTokenError::Request(Carried(error)) => error,
            // The words beside the code vary, so only the code counts.
            RequestTokenError::ServerResponse(told)
                if *told.error() == BasicErrorResponseType::InvalidGrant =>
            {
                PlatformError::NeedsConsent { platform: self.platform }
            }
            RequestTokenError::ServerResponse(told) => {
                let known = match told.error() {
                    BasicErrorResponseType::InvalidClient => "it does not know this program",
                    BasicErrorResponseType::UnauthorizedClient => "it does not let this program ask",
                    BasicErrorResponseType::InvalidScope => "it does not give such a permission",
                    _ => "it refused",
                };
                self.failed(what, known)
            }
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                self.failed(what, "the answer has not the form that is known")
            }
        }
    }
}

fn granted(token: &Token, now: Timestamp) -> Granted {
    let expires_in = token.expires_in().and_then(|wait| i64::try_from(wait.as_secs()).ok());
    let user = token.extra_fields().user_id.as_ref().and_then(|id| match id {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    Granted {
        access: Secret::new(token.access_token().secret()),
        refresh: token.refresh_token().map(|token| Secret::new(token.secret())),
        expires_at: expires_in.map(|wait| now.plus_seconds(wait)),
        user,
    }
}

/// Carries calls of the library over our client.
struct Bridge<'a> {
    http: &'a Http,
    platform: &'static str,
    what: &'static str,
}

impl<'c> AsyncHttpClient<'c> for Bridge<'_> {
    type Error = Carried;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Carried>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.carry(request))
    }
}

impl Bridge<'_> {
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, Carried> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| {
            let reason = "the address for tokens is none".to_owned();
            Carried(PlatformError::Failed { platform: self.platform, what: self.what, reason, retry: false })
        })?;
        let mut call = Call::new(self.platform, self.what, parts.method, url);
        call.headers = parts.headers;
        call.body = body;
        let answer = self.http.send(&call).await.map_err(Carried)?;
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = PkceCodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}

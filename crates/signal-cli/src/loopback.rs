//! One request from the person's own browser: a service sends them back to an address of this machine that nobody else can
//! reach.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use signal_core::host::{Host, random};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Bytes of a request's head and body, at most.
const HEAD_MAX: usize = 16 * 1024;
const BODY_MAX: usize = 16 * 1024;
/// Headers of a request, at most.
const HEADERS_MAX: usize = 64;
/// How long one visitor may take.
const VISIT: Duration = Duration::from_secs(10);

const STYLE: &str = "<style>body{font:1.1em sans-serif;margin:4em auto;max-width:32em}</style>";

/// An address of this machine that waits for a browser.
#[derive(Debug)]
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
    path: String,
}

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Awaited<'a> {
    /// A visit whose query has this state, where there is one.
    Query {
        /// The state that was sent along.
        state: Option<&'a str>,
    },
    /// A form that this page posts.
    Form {
        /// The page, in HTML.
        page: &'a str,
    },
}

impl Loopback {
    /// An address with a free port, for `http://127.0.0.1:PORT/PATH`.
    pub(crate) async fn bind(path: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, path: format!("/{path}") })
    }

    /// The same, at a path that nobody else on this machine can know: for a page that tells what its answer must hold.
    #[must_use]
    pub(crate) fn out_of_sight(self, host: &dyn Host) -> Self {
        let secret: String = random::<16>(host).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("{}/{secret}", self.path), ..self }
    }

    /// The address to visit.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Waits for the one request that is meant, and gives its query or form. Other requests are turned away and change
    /// nothing; none where none came in time.
    pub(crate) async fn answer(
        &self,
        awaited: Awaited<'_>,
        patience: Duration,
    ) -> io::Result<Option<String>> {
        timeout(patience, self.wait(awaited)).await.map_or(Ok(None), |answer| answer.map(Some))
    }

    async fn wait(&self, awaited: Awaited<'_>) -> io::Result<String> {
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            // A visitor who goes away, or dawdles, is no reason to stop.
            if let Ok(Ok(Some(answer))) = timeout(VISIT, self.visit(&mut stream, awaited)).await {
                return Ok(answer);
            }
        }
    }

    async fn visit(&self, stream: &mut TcpStream, awaited: Awaited<'_>) -> io::Result<Option<String>> {
        let Some(request) = Request::read(stream).await? else {
            reply(stream, "400 Bad Request", &notice("This is no request.")).await?;
            return Ok(None);
        };
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        // Another name for this address would let a page of somebody else ask.
        if path != self.path || request.host != self.address.to_string() {
            reply(stream, "404 Not Found", &notice("There is nothing here.")).await?;
            return Ok(None);
        }
        let answer = match (awaited, request.method.as_str()) {
            (Awaited::Query { state }, "GET") => {
                (state.is_none() || parameter(query, "state") == state).then(|| query.to_owned())
            }
            (Awaited::Form { page }, "GET") => {
                reply(stream, "200 OK", page).await?;
                return Ok(None);
            }
            (Awaited::Form { .. }, "POST") => Some(request.body),
            _ => None,
        };
        let Some(answer) = answer else {
            let page = notice("This answers nothing that was asked here.");
            reply(stream, "400 Bad Request", &page).await?;
            return Ok(None);
        };
        let page = notice("That is all. Close this page, and go back to where you came from.");
        // The answer is there, whether or not anybody waits to read this.
        let _shown = reply(stream, "200 OK", &page).await;
        Ok(Some(answer))
    }
}

/// A parameter of a query or an address, as it is written there.
pub(crate) fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
        .map(|(_, value)| value)
}

/// A page with one sentence of ours. Nothing that came in is ever shown.
fn notice(text: &str) -> String {
    format!("<!doctype html><meta charset=utf-8><title>Signal</title>{STYLE}<p>{text}</p>")
}

async fn reply(stream: &mut TcpStream, status: &str, page: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}

/// As much of a request as is needed here.
struct Request {
    method: String,
    target: String,
    host: String,
    body: String,
}

impl Request {
    /// None for what is no request, or is too long.
    async fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let (mut request, length, begin) = loop {
            let mut more = [0; 1024];
            let count = stream.read(&mut more).await?;
            bytes.extend(more.iter().take(count));
            match Self::head(&bytes) {
                Some(Head::Whole(request, length, begin)) => break (request, length, begin),
                Some(Head::Part) if count > 0 && bytes.len() <= HEAD_MAX => {}
                _ => return Ok(None),
            }
        };
        if length > BODY_MAX {
            return Ok(None);
        }
        let mut body = bytes.split_off(begin);
        let missing = length.saturating_sub(body.len());
        let mut rest = vec![0; missing];
        stream.read_exact(&mut rest).await?;
        body.extend(rest);
        body.truncate(length);
        let Ok(body) = String::from_utf8(body) else { return Ok(None) };
        request.body = body;
        Ok(Some(request))
    }

    /// None for what is no head.
    fn head(bytes: &[u8]) -> Option<Head> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut parsed = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(begin) = parsed.parse(bytes).ok()? else { return Some(Head::Part) };
        let header = |name: &str| {
            let found = parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let length = header("content-length").map_or(Some(0), |text| text.trim().parse().ok())?;
        let host = header("host").unwrap_or_default().to_owned();
        let (method, target) = (parsed.method?.to_owned(), parsed.path?.to_owned());
        Some(Head::Whole(Self { method, target, host, body: String::new() }, length, begin))
    }
}

/// The head of a request: all of it, with the length of the body and where that begins; or not yet.
enum Head {
    Whole(Request, usize, usize),
    Part,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    /// What an address answers to the bytes of a request.
    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("is there");
        stream.write_all(request.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("reads");
        answer
    }

    fn get(address: SocketAddr, target: &str) -> String {
        format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n")
    }

    #[tokio::test]
    async fn the_one_request_that_is_meant_ends_the_wait() {
        let loopback = Loopback::bind("spotify").await.expect("binds");
        let address = loopback.address;
        assert_eq!(loopback.url(), format!("http://127.0.0.1:{}/spotify", address.port()));
        let visitor = tokio::spawn(async move {
            let mut answers = Vec::new();
            for target in ["/", "/favicon.ico", "/spotify?code=x&state=wrong<b>", "/spotify"] {
                answers.push(ask(address, &get(address, target)).await);
            }
            answers.push(ask(address, "nonsense\r\n\r\n").await);
            let elsewhere = "GET /spotify?code=x&state=right HTTP/1.1\r\nHost: evil.example\r\n\r\n";
            answers.push(ask(address, elsewhere).await);
            let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(2 * HEAD_MAX));
            let mut stream = TcpStream::connect(address).await.expect("is there");
            // It may be turned away before all is written.
            let _turned_away = stream.write_all(long.as_bytes()).await;
            drop(stream);
            answers.push(ask(address, &get(address, "/spotify?code=good&state=right")).await);
            answers
        });
        let answer = loopback.answer(Awaited::Query { state: Some("right") }, SOON).await.expect("listens");
        assert_eq!(answer.as_deref(), Some("code=good&state=right"));
        let answers = visitor.await.expect("visits");
        let (good, turned_away) = answers.split_last().expect("some");
        assert!(good.starts_with("HTTP/1.1 200") && !good.contains("good"), "{good}");
        for answer in turned_away {
            assert!(answer.starts_with("HTTP/1.1 40") && !answer.contains("wrong"), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_page_is_shown_and_its_form_is_the_answer() {
        let host = signal_adapters::SystemHost::new();
        let loopback = Loopback::bind("apple_music").await.expect("binds").out_of_sight(&host);
        let (address, path) = (loopback.address, loopback.path.clone());
        assert_eq!(path.len(), "/apple_music/".len() + 32, "{path}");
        let visitor = tokio::spawn(async move {
            for guess in ["/apple_music", "/apple_music/", "/apple_music/00000000000000000000000000000000"] {
                assert!(ask(address, &get(address, guess)).await.starts_with("HTTP/1.1 404"), "{guess}");
            }
            let page = ask(address, &get(address, &path)).await;
            let form = "token=t";
            let post = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            );
            (page, ask(address, &post).await)
        });
        let awaited = Awaited::Form { page: "<p>agree?</p>" };
        let answer = loopback.answer(awaited, SOON).await.expect("listens");
        assert_eq!(answer.as_deref(), Some("token=t"));
        let (page, _) = visitor.await.expect("visits");
        assert!(page.ends_with("<p>agree?</p>"), "{page}");
    }

    #[tokio::test]
    async fn nobody_is_waited_for_for_ever() {
        let loopback = Loopback::bind("tidal").await.expect("binds");
        let none = loopback.answer(Awaited::Query { state: None }, Duration::from_millis(10)).await;
        assert_eq!(none.expect("listens"), None);
    }
}

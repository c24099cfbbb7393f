//! A wire between the store and its server, that can be cut at the worst moment.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

/// When the wire breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    /// Never.
    No,
    /// The server never hears the commit.
    Before,
    /// The server commits, and its answer is lost.
    After,
    /// The same, and nobody comes through afterwards.
    AfterForGood,
    /// Nobody comes through.
    Dead,
}

/// A socket that leads to another one.
pub(crate) struct Wire {
    folder: TempDir,
    cut: Arc<AtomicU8>,
}

const SOCKET: &str = ".s.PGSQL.5432";

impl Wire {
    /// A wire to the server whose socket is in a folder.
    pub(crate) fn to(server: &Path) -> Self {
        let folder = TempDir::new().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let cut = Arc::new(AtomicU8::new(Cut::No as u8));
        let (told, server) = (Arc::clone(&cut), server.join(SOCKET));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if told.load(Ordering::SeqCst) == Cut::Dead as u8 {
                    continue;
                }
                let server = UnixStream::connect(&server).await.expect("the server is there");
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(forward(from_client, to_server, to_client, from_server, Arc::clone(&told)));
            }
        });
        Self { folder, cut }
    }

    /// The folder of the socket on this side.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Breaks the wire at the next commit.
    pub(crate) fn cut(&self, how: Cut) {
        self.cut.store(how as u8, Ordering::SeqCst);
    }
}

/// Forwards both ways until one side ends or the wire is cut.
async fn forward(
    mut from_client: OwnedReadHalf,
    mut to_server: OwnedWriteHalf,
    mut to_client: OwnedWriteHalf,
    mut from_server: OwnedReadHalf,
    cut: Arc<AtomicU8>,
) {
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut bytes = vec![0; 65_536];
    while let Ok(count) = from_client.read(&mut bytes).await {
        let dead = cut.load(Ordering::SeqCst) == Cut::Dead as u8;
        let Some(sent) = bytes.get(..count).filter(|sent| !sent.is_empty() && !dead) else { break };
        let commits = sent.windows(7).any(|window| window == b"COMMIT\0");
        let how = if commits { cut.swap(Cut::No as u8, Ordering::SeqCst) } else { Cut::No as u8 };
        if how == Cut::Before as u8 {
            break;
        }
        if how != Cut::No as u8 {
            // Its answer must not come through.
            back.abort();
            let after = if how == Cut::AfterForGood as u8 { Cut::Dead } else { Cut::No };
            cut.store(after as u8, Ordering::SeqCst);
        }
        if to_server.write_all(sent).await.is_err() {
            break;
        }
        if how != Cut::No as u8 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            break;
        }
    }
    back.abort();
}

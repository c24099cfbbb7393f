//! Writes a folder anew without what was deleted. SurrealKV drops deleted values when it likes, and not on demand.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use surrealkv::{LSMIterator, Mode, ReadOptions, Tree, TreeBuilder};

use super::SurrealOptions;

/// The file that says that a folder is to be written anew.
const MARK: &str = "signal-compact";
/// Bytes that are copied in one transaction, at least.
const BATCH: usize = 4 << 20;
/// What SurrealDB takes where nobody says otherwise.
const BLOCK: usize = 64 << 10;

/// The key under which SurrealDB keeps the version of its storage.
const VERSION: &[u8] = b"!v";

/// Keys and values in order.
type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// Has the folder written anew when nobody has it open any more.
pub(super) fn order(folder: &Path) -> Result<(), String> {
    fs::write(folder.join(MARK), "").map_err(|error| error.to_string())
}

/// Ends what another process began and did not finish: a new folder counts once the old one was put aside.
pub(super) fn mend(folder: &Path) -> Result<(), String> {
    let (new, old) = (beside(folder, "new"), beside(folder, "old"));
    if new.exists() && !folder.exists() {
        fs::rename(&new, folder).map_err(|error| error.to_string())?;
    }
    for rest in [new, old] {
        remove(&rest)?;
    }
    Ok(())
}

/// Writes the folder anew where that was ordered. Nobody may have it open.
pub(super) async fn rewrite(folder: &Path, how: SurrealOptions) -> Result<(), String> {
    if !folder.join(MARK).exists() {
        return Ok(());
    }
    mend(folder)?;
    let (new, old) = (beside(folder, "new"), beside(folder, "old"));
    // Boxed for the compiler, as behind the traits of `link`.
    let copied: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(copy(folder, &new, how));
    if !copied.await.map_err(|error: surrealkv::Error| error.to_string())? {
        return Err("what was copied is no database of SurrealDB".to_owned());
    }
    let rename = |from: &Path, to: &Path| fs::rename(from, to).map_err(|error| error.to_string());
    rename(folder, &old)?;
    rename(&new, folder)?;
    remove(&old)
}

/// `a/community` with `new` is `a/community.new`.
fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    folder.with_file_name(name)
}

fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(format!("{} is left: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn tree(folder: &Path, how: SurrealOptions) -> Result<Tree, surrealkv::Error> {
    TreeBuilder::new()
        .with_path(folder.to_owned())
        .with_enable_vlog(false)
        .with_versioning(false, 0)
        .with_block_size(BLOCK)
        .with_block_cache_capacity(u64::from(how.cache_mib) << 20)
        .with_max_memtable_size((how.memtable_mib as usize) << 20)
        .build()
}

/// Copies everything, and gives whether the copy has what every database has.
async fn copy(from: &Path, to: &Path, how: SurrealOptions) -> Result<bool, surrealkv::Error> {
    let (from, to) = (tree(from, how)?, tree(to, how)?);
    let mut after = None;
    loop {
        let pairs = some(&from, after.as_deref())?;
        let Some((last, _)) = pairs.last() else { break };
        after = Some(last.clone());
        let mut work = to.begin()?;
        for (key, value) in &pairs {
            work.set(key.as_slice(), value.as_slice())?;
        }
        work.commit().await?;
    }
    let is_whole = to.begin_with_mode(Mode::ReadOnly)?.get(VERSION)?.is_some();
    to.flush_wal(true)?;
    to.close().await?;
    from.close().await?;
    Ok(is_whole)
}

/// The first keys and values after a key.
fn some(tree: &Tree, after: Option<&[u8]>) -> Result<Pairs, surrealkv::Error> {
    let mut from = ReadOptions::new();
    // The next key there can be, and one that no key of SurrealDB reaches: none would end before it began.
    from.set_iterate_lower_bound(after.map(|key| [key, &[0]].concat()));
    from.set_iterate_upper_bound(Some(vec![0xff; 64]));
    let work = tree.begin_with_mode(Mode::ReadOnly)?;
    let mut rest = work.range_with_options(&from)?;
    let (mut pairs, mut bytes) = (Vec::new(), 0);
    let mut there = rest.seek_first()?;
    while there && bytes < BATCH {
        let (key, value) = (rest.key().user_key().to_vec(), rest.value()?);
        bytes += key.len() + value.len();
        pairs.push((key, value));
        there = rest.next()?;
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_keeps_all_but_what_was_deleted() {
        let all = tempfile::TempDir::new().expect("a folder");
        let folder = all.path().join("x.y");
        let how = SurrealOptions { cache_mib: 1, memtable_mib: 16 };
        let first = tree(&folder, how).expect("a tree");
        let mut work = first.begin().expect("a transaction");
        for n in 0..20_000u32 {
            work.set(n.to_be_bytes().as_slice(), [n.to_string().as_bytes(), &[7; 300]].concat().as_slice())
                .expect("a value");
        }
        work.set(VERSION, b"1".as_slice()).expect("a value");
        work.commit().await.expect("a commit");
        let mut work = first.begin().expect("a transaction");
        work.delete(5u32.to_be_bytes().as_slice()).expect("a deletion");
        work.commit().await.expect("a commit");
        let before = some(&first, Some(&[0, 0, 0, 100])).expect("values");
        first.close().await.expect("it closes");
        rewrite(&folder, how).await.expect("nothing was ordered");
        order(&folder).expect("a mark");
        rewrite(&folder, how).await.expect("it is written anew");
        let names: Vec<_> =
            fs::read_dir(&all).expect("the folder").map(|f| f.expect("a file").file_name()).collect();
        assert_eq!(names, ["x.y"]);
        assert!(!folder.join(MARK).exists());
        let second = tree(&folder, how).expect("a tree");
        assert_eq!(some(&second, Some(&[0, 0, 0, 100])).expect("values"), before);
        let (mut count, mut after) = (0, None);
        while let Some((last, _)) = { some(&second, after.as_deref()).expect("values").pop() } {
            count += 1;
            after = Some(last);
        }
        assert!(count > 1, "it takes several reads");
        assert_eq!(after.as_deref(), Some(VERSION), "the last key");
        assert_eq!(
            second.begin().expect("a read").get(5u32.to_be_bytes().as_slice()).expect("an answer"),
            None
        );
        second.close().await.expect("it closes");
    }

    #[test]
    fn what_was_begun_is_ended() {
        let all = tempfile::TempDir::new().expect("a folder");
        let folder = all.path().join("a");
        // Stopped between the two renames: the new folder is whole.
        fs::create_dir(beside(&folder, "new")).expect("a folder");
        fs::create_dir(beside(&folder, "old")).expect("a folder");
        mend(&folder).expect("it is mended");
        assert!(folder.is_dir() && !beside(&folder, "old").exists());
        // Stopped before: it may be half.
        fs::create_dir(beside(&folder, "new")).expect("a folder");
        mend(&folder).expect("it is mended");
        assert!(folder.is_dir() && !beside(&folder, "new").exists());
    }
}

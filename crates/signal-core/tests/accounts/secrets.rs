//! What nobody may read.

use std::fmt::Write as _;

use pollster::block_on;
use signal_core::engine::{AccountError, AccountStatus};
use signal_core::model::Viewer;
use signal_core::store::transfer::Row;
use signal_core::store::{TransferStore, VaultStore};
use signal_core::vault::VaultError;

use super::world::World;
use super::{GOOD, ROTATING, play, sync};

/// All that the vault's rows hold, as they lie in the store.
async fn sealed(world: &World) -> Vec<(String, Vec<u8>)> {
    let mut dump = world.memory.dump().await.expect("reads");
    let mut found = Vec::new();
    loop {
        let rows = dump.next().await.expect("reads");
        if rows.is_empty() {
            return found;
        }
        found.extend(rows.into_iter().filter_map(|row| match row {
            Row::Secret { field, value, .. } => Some((field, value)),
            _ => None,
        }));
    }
}

#[test]
fn neither_errors_nor_exports_nor_the_store_show_a_secret() {
    block_on(async {
        let world = World::new(ROTATING, 1).await;
        let accounts = world.process();
        let mut shown = String::new();
        let begun = accounts.begin_connect(world.ana, "fake", None).await.expect("begins");
        write!(shown, "{begun:?}").expect("writes");
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, 9);
        world.pass(10_000);
        write!(shown, "{:?}", sync(&world, &accounts).await).expect("writes");
        write!(shown, "{:?}", accounts.authorization(world.ana, "fake").await).expect("writes");
        write!(shown, "{:?}", accounts.accounts(world.ana).await).expect("writes");
        write!(shown, "{accounts:?}").expect("writes");
        world.service.state(|state| state.tokens = (50, 50));
        write!(shown, "{:?}", sync(&world, &accounts).await).expect("writes");
        let wrong = world.process_over(std::sync::Arc::new(world.memory.clone()), &[9]);
        write!(shown, "{:?}", wrong.authorization(world.ana, "fake").await).expect("writes");
        let export = world.engine.export(Viewer::User(world.ana), world.ana).await.expect("exports");
        shown += &serde_json::to_string(&export).expect("writes");
        assert!(!shown.contains("s3cret"), "{shown}");
        let rows = sealed(&world).await;
        assert_eq!(rows.len(), 3);
        for (field, value) in rows {
            let text = String::from_utf8_lossy(&value).into_owned();
            assert!(!text.contains("s3cret") && !text.contains("Song"), "{field}: {text}");
        }
    });
}

#[test]
fn who_is_erased_leaves_no_secret() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        world.connect(&accounts, world.ana).await.expect("connects");
        play(&world, 2);
        sync(&world, &accounts).await;
        world.engine.erase(world.ana).await.expect("erases");
        assert_eq!(sealed(&world).await, []);
        assert!(accounts.accounts(world.ana).await.is_err());
        assert!(accounts.begin_connect(world.ana, "fake", None).await.is_err());
        assert_eq!(sealed(&world).await, []);
    });
}

#[test]
fn a_row_that_was_moved_or_sealed_with_another_key_does_not_open() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        let accounts = world.process();
        let ben = world.engine.register(&"ben".parse().expect("a handle")).await.expect("joins");
        world.connect(&accounts, world.ana).await.expect("connects");
        let stolen = world.memory.secret(world.ana, "fake", "authorization").await.expect("reads");
        world
            .memory
            .put_secret(ben, "fake", "authorization", &stolen.expect("is there"))
            .await
            .expect("writes");
        let refused = accounts.authorization(ben, "fake").await.expect_err("is not his");
        assert!(matches!(refused, AccountError::Vault(VaultError::Damaged { .. })), "{refused}");
        let wrong = world.process_over(std::sync::Arc::new(world.memory.clone()), &[9]);
        let refused = wrong.authorization(world.ana, "fake").await.expect_err("has another key");
        assert!(matches!(refused, AccountError::Vault(VaultError::UnknownKey { .. })), "{refused}");
        let listed = wrong.accounts(world.ana).await.expect("lists");
        assert_eq!(listed[0].status, AccountStatus::Unreadable);
        // Connecting anew mends it.
        world.connect(&wrong, world.ana).await.expect("connects");
        assert_eq!(wrong.accounts(world.ana).await.expect("lists")[0].status, AccountStatus::Connected);
    });
}

#[test]
fn everything_is_sealed_anew_with_the_newest_key() {
    block_on(async {
        let world = World::new(GOOD, 1).await;
        world.connect(&world.process(), world.ana).await.expect("connects");
        let store = || std::sync::Arc::new(world.memory.clone());
        let both = world.process_over(store(), &[1, 2]);
        assert_eq!(both.rotate().await.expect("seals anew"), 3);
        assert_eq!(both.rotate().await.expect("seals anew"), 0, "all is new");
        let newest = world.process_over(store(), &[2]);
        newest.authorization(world.ana, "fake").await.expect("opens");
        assert!(world.process().authorization(world.ana, "fake").await.is_err());
    });
}

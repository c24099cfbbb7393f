//! A stored file is changed by hand: the audit names what was touched, and says no.

mod support;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use support::{LATER, Place, rated};

/// Opens the file as any other program would.
async fn connect(place: &Place) -> SqliteConnection {
    SqliteConnectOptions::new().filename(place.store()).connect().await.expect("opens")
}

#[tokio::test]
async fn one_byte_of_one_leaf_is_found_at_its_position() {
    let place = rated();
    let position = 5_i64;
    let mut file = connect(&place).await;
    let mut leaf: Vec<u8> = sqlx::query_scalar("SELECT leaf FROM entries WHERE position = $1")
        .bind(position)
        .fetch_one(&mut file)
        .await
        .expect("an entry");
    let place_of_digit = leaf.iter().rposition(u8::is_ascii_digit).expect("a digit");
    leaf[place_of_digit] ^= 1;
    let write = sqlx::query("UPDATE entries SET leaf = $1 WHERE position = $2").bind(leaf).bind(position);
    write.execute(&mut file).await.expect("writes");
    file.close().await.expect("closes");
    let ran = place.run(LATER, &["audit", "verify", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((ran.code, &answer["verified"]), (1, &false.into()), "{answer}{}", ran.err);
    assert_eq!(answer["position"], position, "{answer}");
    let told = place.run(LATER, &["audit", "verify"]);
    assert!(told.code == 1 && told.out.contains("entry 5"), "{}", told.out);
}

#[tokio::test]
async fn an_edited_projection_is_named() {
    for (sql, named) in [
        ("UPDATE edges SET weight = 9999 WHERE weight = 8000", "trust edge"),
        ("DELETE FROM edges WHERE weight = 5000", "trust edge"),
        (
            "UPDATE streams SET state = replace(state, '8000', '9000') WHERE state LIKE '%8000%'",
            "state of user",
        ),
    ] {
        let place = rated();
        let mut file = connect(&place).await;
        let changed = sqlx::query(sql).execute(&mut file).await.expect("writes").rows_affected();
        assert!(changed > 0, "{sql} changed nothing");
        file.close().await.expect("closes");
        let ran = place.run(LATER, &["audit", "replay", "--format", "json"]);
        let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!((ran.code, &answer["equal"]), (1, &false.into()), "{sql}: {answer}{}", ran.err);
        let what = answer["differences"][0]["what"].as_str().expect("a difference");
        assert!(what.starts_with(named), "{sql}: {answer}");
    }
}

//! Open a store, register two people, and ask how well they match: `cargo run -p signal-examples --example two_people`.

use std::error::Error;
use std::sync::Arc;

use signal_adapters::SystemHost;
use signal_core::engine::Engine;
use signal_core::model::Viewer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = signal_adapters::open("mem:").await?;
    let engine = Engine::new(store, Arc::new(SystemHost::new()));
    let ana = engine.register(&"ana".parse()?).await?;
    let ben = engine.register(&"ben".parse()?).await?;
    engine.set_trust(ana, ben, Some("0.8".parse()?)).await?;
    engine.set_trust(ben, ana, Some("0.5".parse()?)).await?;
    let drop = engine
        .make_drop(ben, &"Nina Simone - Sinnerman".parse()?, "ten minutes that run", None, None, None)
        .await?;

    let matched = engine.compatibility(Viewer::User(ana), ana, ben).await?;
    println!(
        "{} and {} match at {:.2}, because {:?}",
        matched.a.name, matched.b.name, matched.score, matched.reasons
    );
    let feed = engine.feed(ana, None, None).await?;
    for item in &feed.items {
        println!("{}: {:?}: {}", item.drop.author.name, item.drop.words, item.why().join("; "));
    }
    assert_eq!(feed.items.first().map(|item| item.drop.id), Some(drop));
    Ok(())
}

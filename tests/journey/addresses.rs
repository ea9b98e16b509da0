//! Addresses that plain mail cannot write to: a domain beyond ASCII has an A-label; a local part beyond
//! ASCII is the human's.

use guichet::register::{OutboxFilter, Query as _};

use crate::stage::{Mail, Stage};

#[test]
fn a_domain_beyond_ascii_is_answered_and_a_local_part_is_the_human_s() {
    let stage = Stage::new();
    stage.once();
    stage.deliver(&Mail::registration(
        "Odile Remy",
        "odile@mairie-évry.example",
    ));
    stage.deliver(&Mail::registration("Élodie Brun", "élodie@mairie.example"));
    stage.deliver(&Mail::registration("Paul Noé", "paul@mairie.example"));
    stage.once();
    let seated = |name: &str| (name.to_owned(), "confirmed".to_owned());
    assert_eq!(
        stage.people("coop-n3"),
        [
            seated("Odile Remy"),
            seated("Élodie Brun"),
            seated("Paul Noé")
        ]
    );
    stage.letter_to("odile@xn--mairie-vry-h7a.example");
    stage.letter_to("paul@mairie.example");
    assert_eq!(stage.letters().len(), 2, "nobody else is written to");
    assert!(
        stage
            .register()
            .outbox(OutboxFilter::Open)
            .unwrap()
            .is_empty()
    );
    let digest = stage.run(&["digest", "--preview"]).code(0);
    assert!(
        digest.out.contains("élodie@mairie.example"),
        "{}",
        digest.out
    );
    assert!(
        digest.out.contains("dites-le-lui vous-même"),
        "{}",
        digest.out
    );
}

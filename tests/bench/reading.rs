//! What reading one mail costs: a typical mail of 4 kB and a hostile text of 1 MiB, with 5 and with
//! 5,000 sessions in the catalogue. Aims: 100 µs and 100 ms on one core.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use divan::Bencher;
use divan::counter::BytesCount;
use guichet::core::catalogue::{Catalogue, GroupRule, MembershipRule, Session, SessionId, Span};
use guichet::core::message::Message;
use guichet::core::organisation::Organisation;
use guichet::core::person::Address;
use guichet::core::reading::{Context, read};
use jiff::civil::date;
use jiff::tz::TimeZone;

fn main() {
    divan::main();
}

const TOPICS: &[&str] = &[
    "Lire la carte des sols",
    "Planter une haie bocagère",
    "Tenir le budget d'une association",
    "Accueillir un public empêché",
    "Écrire pour le site internet",
    "Restaurer une mare",
    "Conduire une équipe de bénévoles",
];

fn catalogue(count: usize) -> Catalogue {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let sessions = (0..count)
        .map(|i| {
            let topic = TOPICS.get(i % TOPICS.len()).unwrap();
            let day = date(2030, 1, 7)
                .checked_add(jiff::Span::new().days(i64::try_from(i % 600).unwrap()))
                .unwrap();
            let (from, to) = (day.at(9, 0, 0, 0), day.at(12, 0, 0, 0));
            Session {
                id: SessionId(format!("s{i}")),
                title: format!("{topic}, édition {i}"),
                series: None,
                level: None,
                aliases: Vec::new(),
                when: vec![Span {
                    from,
                    to,
                    from_at: zone.to_timestamp(from).unwrap(),
                    to_at: zone.to_timestamp(to).unwrap(),
                }],
                timezone: "Europe/Paris".to_owned(),
                place: format!("Ville-{}", i % 50),
                online: i % 3 == 0,
                capacity: 10,
                held: 0,
                capacity_min: None,
                waitlist: true,
                group: GroupRule::Together,
                closes_at: None,
                last_day: None,
                membership: MembershipRule::None,
                mode: None,
                closed: false,
                cancelled: false,
                join_link: None,
                description: None,
                audience: None,
                contact: None,
                confirmed_note: None,
                ask: Vec::new(),
                membership_form: None,
                attachments: Vec::new(),
            }
        })
        .collect();
    Catalogue::new(sessions, false)
}

fn message(text: String) -> Message {
    Message {
        readable: true,
        from: vec![Address {
            name: Some("Brigitte Simon".to_owned()),
            email: "b.simon@musee.example".to_owned(),
        }],
        to: vec![Address {
            name: None,
            email: "formation@terres-en-commun.example".to_owned(),
        }],
        subject: "Re: Lire la carte des sols".to_owned(),
        text,
        ..Message::default()
    }
}

/// A request of a few sentences above a signature and a quoted announcement, 4 kB in all.
fn typical() -> Message {
    let mut text = String::from(
        "Bonjour,\n\nMerci de bien vouloir m'inscrire, ainsi que ma collègue Nora Benali \
         (n.benali@musee.example), à la formation « Lire la carte des sols » du 14 janvier. \
         Nous arriverons par le train de 9 h 12. Pouvez-vous nous dire s'il y a un parking ?\n\n\
         Bien cordialement,\nBrigitte Simon\nMédiatrice culturelle\nMusée des Landes\n\
         02 98 00 00 01\n\nDe : Terres en commun <formation@terres-en-commun.example>\n\
         Envoyé : mardi 2 janvier 2030 09:00\nÀ : Brigitte Simon\nObjet : Nos formations\n\n",
    );
    while text.len() < 4_000 {
        text.push_str(
            "Voici nos formations de janvier : Lire la carte des sols, lundi 14 janvier à Ville-7 ; \
             inscription avant le 10 janvier par retour de mail (nom, prénom, structure).\n",
        );
    }
    message(text)
}

/// Text made to be slow: the words of all patterns, names, dates, marks and addresses, without end.
fn hostile() -> Message {
    let piece = "m'inscrire le 3/10 si Jean DUPONT ne peut pas venir à ma place, a.b@c.example \
                 -> « Lire » (mardi) pas encore 06 39 98 00 00 ; je je je vous vous @ .. -- 1) ";
    message(piece.repeat((1 << 20) / piece.len() + 1))
}

fn bench(bencher: Bencher<'_, '_>, message: &Message, sessions: usize) {
    let catalogue = catalogue(sessions);
    let organisation = Organisation {
        name: "Terres en commun".to_owned(),
        address: "formation@terres-en-commun.example".to_owned(),
        ..Organisation::default()
    };
    let context = Context {
        catalogue: &catalogue,
        organisation: &organisation,
        received: "2030-01-03T10:00:00Z".parse().unwrap(),
    };
    bencher
        .counter(BytesCount::new(message.text.len()))
        .bench(|| read(divan::black_box(message), context));
}

#[divan::bench(args = [5, 5_000])]
fn typical_mail(bencher: Bencher<'_, '_>, sessions: usize) {
    bench(bencher, &typical(), sessions);
}

#[divan::bench(args = [5, 5_000], sample_count = 10)]
fn hostile_mebibyte(bencher: Bencher<'_, '_>, sessions: usize) {
    bench(bencher, &hostile(), sessions);
}

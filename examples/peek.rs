#![allow(warnings, clippy::all, clippy::pedantic, clippy::unwrap_used)]
use guichet::core::{
    message::Message, organisation::Organisation, screening::screen, unquote::unquote,
};
fn main() {
    let mode = std::env::args().nth(1).unwrap();
    for f in std::env::args().skip(2) {
        let b = std::fs::read(&f).unwrap();
        println!("=== {f}");
        let text;
        if mode.starts_with("t") {
            text = String::from_utf8_lossy(&b).replace("\r\n", "\n");
        } else {
            let m = Message::parse(&b);
            println!(
                "from={:?} to={:?} rt={:?} rp={:?} subj={:?} mid={:?} date={:?} rec={:?} html={} att={:?} cal={} attached={} dsn={:?} readable={}",
                m.from,
                m.to,
                m.reply_to,
                m.return_path,
                m.subject,
                m.message_id,
                m.date,
                m.received,
                m.from_html,
                m.attachments,
                m.calendars.len(),
                m.attached.len(),
                m.dsn,
                m.readable
            );
            if mode.contains('s') {
                println!(
                    "{:?}",
                    screen(
                        &m,
                        &Organisation {
                            address: "europe.devrural@caprural.org".into(),
                            ..Default::default()
                        }
                    )
                );
            }
            text = m.text.clone();
        }
        if mode.contains('b') {
            println!("{text}");
        }
        if mode.contains('u') {
            let p = unquote(&text);
            println!(
                "--NEW\n{}\n--SIG\n{}\n--BOIL\n{}\n",
                p.new, p.signature, p.boilerplate
            );
            for q in p.quotes {
                println!(
                    "--QUOTE {:?} {:?} {:?} fwd={} ans={:?}\n{}",
                    q.from_name, q.from_email, q.subject, q.forwarded, q.answered, q.text
                );
            }
        }
    }
}

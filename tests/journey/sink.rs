//! A mail server that takes everything and remembers it, or does what a test tells it.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::stage::{CONTACT, Letter};

/// What the server does with the next letter's final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtDot {
    /// Takes the letter.
    Accept,
    /// Takes it, never answers, and keeps the connection open.
    Silence,
}

/// What is done when a letter's final dot has come, before it is answered.
type AtLetter = Box<dyn Fn() + Send>;

struct Shared {
    letters: Mutex<Vec<Vec<u8>>>,
    at_dot: Mutex<AtDot>,
    rcpt: Mutex<String>,
    rcpts: Mutex<usize>,
    down: Mutex<bool>,
    at_letter: Mutex<Option<AtLetter>>,
}

/// A server on loopback; its threads end with the test process.
pub struct Sink {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Sink {
    pub fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            letters: Mutex::new(Vec::new()),
            at_dot: Mutex::new(AtDot::Accept),
            rcpt: Mutex::new("250 2.1.5 ok".to_owned()),
            rcpts: Mutex::new(0),
            down: Mutex::new(false),
            at_letter: Mutex::new(None),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = Arc::clone(&serving);
                std::thread::spawn(move || {
                    // A client that was killed ends the dialogue in the middle.
                    if let Err(error) = serve(stream, &serving) {
                        eprintln!("sink: {error}");
                    }
                });
            }
        });
        Sink { port, shared }
    }

    /// The lines of the main file that send to it.
    pub fn config(&self) -> String {
        format!(
            "[smtp]\nhost = \"127.0.0.1\"\nport = {}\nprotection = \"none\"\n",
            self.port
        )
    }

    pub fn at_dot(&self, at_dot: AtDot) {
        *self.shared.at_dot.lock().unwrap() = at_dot;
    }

    /// Does something at the final dot of each letter from now on, before it is answered.
    pub fn at_letter(&self, then: impl Fn() + Send + 'static) {
        *self.shared.at_letter.lock().unwrap() = Some(Box::new(then));
    }

    /// Whether it sends every client away at the greeting.
    pub fn down(&self, down: bool) {
        *self.shared.down.lock().unwrap() = down;
    }

    /// The answer to every participant's RCPT from now on.
    pub fn answer_rcpt(&self, line: &str) {
        *self.shared.rcpt.lock().unwrap() = line.to_owned();
    }

    /// How many RCPT of participants were given.
    pub fn rcpts(&self) -> usize {
        *self.shared.rcpts.lock().unwrap()
    }

    /// What was taken for participants, in order.
    pub fn letters_to_people(&self) -> Vec<Letter> {
        let mut letters = self.letters();
        letters.retain(|letter| letter.to != CONTACT);
        letters
    }

    /// What was taken, in order.
    pub fn letters(&self) -> Vec<Letter> {
        let letters = self.shared.letters.lock().unwrap().clone();
        let parsed = letters
            .into_iter()
            .map(|bytes| Letter::parse(Path::new(""), bytes));
        parsed.collect()
    }

    pub fn letters_to(&self, address: &str) -> Vec<Letter> {
        let mut letters = self.letters();
        letters.retain(|letter| letter.to == address);
        letters
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let say = |reader: &mut BufReader<TcpStream>, line: &str| {
        reader.get_mut().write_all(format!("{line}\r\n").as_bytes())
    };
    if *shared.down.lock().unwrap() {
        return say(&mut reader, "421 4.3.2 not now");
    }
    say(&mut reader, "220 sink.example ESMTP")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split_whitespace().next().unwrap_or_default();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => say(&mut reader, "250-sink.example\r\n250 8BITMIME")?,
            "RCPT" => {
                if line.contains(CONTACT) {
                    say(&mut reader, "250 2.1.5 the organiser's own")?;
                    continue;
                }
                *shared.rcpts.lock().unwrap() += 1;
                let answer = shared.rcpt.lock().unwrap().clone();
                say(&mut reader, &answer)?;
            }
            "DATA" => {
                say(&mut reader, "354 go on")?;
                let bytes = data(&mut reader)?;
                shared.letters.lock().unwrap().push(bytes);
                if let Some(then) = shared.at_letter.lock().unwrap().as_ref() {
                    then();
                }
                let at_dot = *shared.at_dot.lock().unwrap();
                if at_dot == AtDot::Accept {
                    say(&mut reader, "250 2.0.0 taken")?;
                }
            }
            "QUIT" => return say(&mut reader, "221 bye"),
            _ => say(&mut reader, "250 ok")?,
        }
    }
}

fn data(reader: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::Error::other("the client ended within a letter"));
        }
        if line == b".\r\n" {
            return Ok(bytes);
        }
        let line = line.strip_prefix(b".").unwrap_or(&line);
        bytes.extend_from_slice(line);
    }
}

//! A Dovecot and a Postfix of their own, each in one folder, on loopback, ended when dropped.
//!
//! Root and the packages of `tests/install` are needed. Stopping and starting again keeps ports, CA and mail,
//! so that a client can be tried across an outage.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::server_file;

/// The mailbox that guichet watches in tests.
pub const CONTACT: &str = "contact@guichet.test";
/// People who write to it.
pub const PEOPLE: [&str; 3] = [
    "julie@guichet.test",
    "paul@guichet.test",
    "anne@guichet.test",
];
/// Everybody's password.
pub const PASSWORD: &str = "secret word";

/// How long a server may take to start or to do a thing.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says whether the servers can run here; if not, says why aloud.
pub fn available() -> bool {
    let missing: Vec<&str> = ["/usr/sbin/dovecot", "/usr/sbin/postfix", "/usr/bin/openssl"]
        .into_iter()
        .filter(|path| !Path::new(path).exists())
        .collect();
    if !missing.is_empty() {
        super::skipped(&format!("{missing:?} missing: run tests/install"));
        return false;
    }
    let root = fs::metadata("/proc/self").is_ok_and(|data| {
        use std::os::unix::fs::MetadataExt;
        data.uid() == 0
    });
    if !root {
        super::skipped("real mail servers need root");
    }
    root
}

/// Waits until something is so; panics with `what` after [`PATIENCE`].
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A port that is free now, below the range from which the system takes ports for clients (one that tries a
/// stopped server's port again and again would else connect to itself).
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    if NEXT.load(Ordering::Relaxed) == 0 {
        let mut seed = [0_u8; 2];
        getrandom::fill(&mut seed).unwrap();
        NEXT.store(
            20_000 + u16::from_ne_bytes(seed) % 11_000,
            Ordering::Relaxed,
        );
    }
    loop {
        let port = 20_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn fill(template: &str, to: &Path, words: &[(&str, String)]) {
    let mut text = fs::read_to_string(server_file(template)).unwrap();
    for (word, value) in words {
        text = text.replace(&format!("@{word}@"), value);
    }
    fs::write(to, text).unwrap();
}

/// Makes a folder that a server's own user can walk into (a temporary folder is 0700).
fn prepare(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    let mut up = Some(dir);
    while let Some(path) = up.filter(|path| path.starts_with(std::env::temp_dir())) {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        if path != std::env::temp_dir() {
            fs::set_permissions(path, PermissionsExt::from_mode(mode | 0o711)).unwrap();
        }
        up = path.parent();
    }
}

fn openssl(words: &[&str], dir: &Path) {
    let out = Command::new("openssl")
        .args(words)
        .current_dir(dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "openssl {words:?}: {said}");
}

/// Makes `DIR/tls/{ca.pem,ca.key,server.pem,server.key}`; the CA may be another server's.
fn make_tls(dir: &Path, ca_of: Option<&Path>) {
    let tls = dir.join("tls");
    if tls.join("server.pem").exists() {
        return;
    }
    fs::create_dir_all(&tls).unwrap();
    fs::copy(server_file("openssl.cnf"), tls.join("openssl.cnf")).unwrap();
    let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    match ca_of {
        Some(other) => {
            for name in ["ca.pem", "ca.key"] {
                fs::copy(other.join("tls").join(name), tls.join(name)).unwrap();
            }
        }
        None => {
            let mut words = vec!["req", "-x509"];
            words.extend(ec);
            words.extend(["-nodes", "-config", "openssl.cnf", "-extensions", "ca"]);
            words.extend(["-days", "30", "-subj", "/CN=throw-away test CA"]);
            words.extend(["-keyout", "ca.key", "-out", "ca.pem"]);
            openssl(&words, &tls);
        }
    }
    let mut words = vec!["req", "-new"];
    words.extend(ec);
    words.extend(["-nodes", "-config", "openssl.cnf", "-subj", "/CN=localhost"]);
    words.extend(["-keyout", "server.key", "-out", "server.csr"]);
    openssl(&words, &tls);
    let mut words = vec!["x509", "-req", "-in", "server.csr", "-CA", "ca.pem"];
    words.extend(["-CAkey", "ca.key", "-CAcreateserial", "-days", "30"]);
    words.extend([
        "-extfile",
        "openssl.cnf",
        "-extensions",
        "srv",
        "-out",
        "server.pem",
    ]);
    openssl(&words, &tls);
}

fn wait_for_port(port: u16, log: &Path) {
    let what = format!(
        "127.0.0.1:{port} answers; log: {}",
        fs::read_to_string(log).unwrap_or_default()
    );
    until(&what, || TcpStream::connect(("127.0.0.1", port)).ok());
}

/// A Dovecot: IMAP (with STARTTLS, and under TLS), LMTP, SASL, XOAUTH2.
pub struct Dovecot {
    dir: PathBuf,
    imap: u16,
    imaps: u16,
    lmtp: u16,
    tokens: Tokens,
    child: Option<Child>,
}

impl Dovecot {
    /// Starts one under `dir`.
    pub fn start(dir: &Path) -> Dovecot {
        prepare(dir);
        let mail = dir.join("mail");
        fs::create_dir_all(&mail).unwrap();
        let (uid, gid) = ids_of("mail");
        std::os::unix::fs::chown(&mail, Some(uid), Some(gid)).unwrap();
        make_tls(dir, None);
        let users: String = std::iter::once(CONTACT)
            .chain(PEOPLE)
            .map(|user| format!("{user}:{{PLAIN}}{PASSWORD}::::::\n"))
            .collect();
        fs::write(dir.join("users"), users).unwrap();
        let mut dovecot = Dovecot {
            dir: dir.to_owned(),
            imap: free_port(),
            imaps: free_port(),
            lmtp: free_port(),
            tokens: Tokens::serve(),
            child: None,
        };
        let shown = dir.display().to_string();
        let words = [
            ("DIR", shown),
            ("IMAP", dovecot.imap.to_string()),
            ("IMAPS", dovecot.imaps.to_string()),
            ("LMTP", dovecot.lmtp.to_string()),
            ("OAUTH", dovecot.tokens.port.to_string()),
        ];
        fill("dovecot.conf", &dir.join("dovecot.conf"), &words);
        fill("oauth2.conf", &dir.join("oauth2.conf"), &words);
        dovecot.start_again();
        dovecot
    }

    /// Starts it after [`Dovecot::stop`], with the same ports and mail.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "already running");
        let log = fs::File::create(self.dir.join("start.log")).unwrap();
        let child = Command::new("/usr/sbin/dovecot")
            .arg("-F")
            .arg("-c")
            .arg(self.dir.join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        for port in [self.imap, self.imaps, self.lmtp] {
            wait_for_port(port, &self.dir.join("start.log"));
        }
    }

    /// Stops it; all its connections end.
    pub fn stop(&mut self) {
        if let Some(child) = self.child.take() {
            terminate(child);
        }
    }

    /// Port of IMAP in the clear and with STARTTLS.
    pub fn imap_port(&self) -> u16 {
        self.imap
    }

    /// Port of IMAP under TLS.
    pub fn imaps_port(&self) -> u16 {
        self.imaps
    }

    /// The CA that signed its certificate (for `localhost` and `127.0.0.1`).
    pub fn ca_file(&self) -> PathBuf {
        self.dir.join("tls/ca.pem")
    }

    /// Folder of a user's mail, as Maildir.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.dir.join("mail").join(user).join("Maildir")
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("dovecot.log")).unwrap_or_default()
    }

    /// Makes a token valid for a user, or no longer.
    pub fn set_token(&self, token: &str, user: Option<&str>) {
        let mut tokens = self.tokens.valid.lock().unwrap();
        match user {
            Some(user) => tokens.insert(token.to_owned(), user.to_owned()),
            None => tokens.remove(token),
        };
    }

    /// Delivers a mail by LMTP (RFC 2033), as a mail server would.
    pub fn deliver(&self, user: &str, mail: &[u8]) {
        let mut lmtp = Dialogue::connect(self.lmtp);
        lmtp.expect("220");
        lmtp.say("LHLO test", "250");
        lmtp.say("MAIL FROM:<sender@elsewhere.example>", "250");
        lmtp.say(&format!("RCPT TO:<{user}>"), "250");
        lmtp.say("DATA", "354");
        lmtp.send_data(mail);
        lmtp.expect("250");
        lmtp.say("QUIT", "221");
    }

    /// Gives people mailboxes of their own.
    pub fn add_users<'a>(&self, users: impl IntoIterator<Item = &'a str>) {
        let path = self.dir.join("users");
        let mut file = fs::File::options().append(true).open(path).unwrap();
        for user in users {
            writeln!(file, "{user}:{{PLAIN}}{PASSWORD}::::::").unwrap();
        }
    }

    /// Opens a plain IMAP dialogue of a second client, logged in.
    pub fn client(&self, user: &str) -> ImapClient {
        ImapClient::login(self.imap, user)
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("dovecot's log:\n{}", self.log());
        }
    }
}

/// A Postfix that delivers to a [`Dovecot`]; see `tests/servers/postfix-main.cf` for what each domain does.
pub struct Postfix {
    dir: PathBuf,
    smtp: u16,
    smtps: u16,
    submission: u16,
    running: bool,
}

impl Postfix {
    /// Starts one beside a Dovecot, under its folder and with its CA.
    pub fn start(dovecot: &Dovecot) -> Postfix {
        let dir = dovecot.dir.join("postfix");
        prepare(&dir);
        for name in ["etc", "queue", "data"] {
            fs::create_dir_all(dir.join(name)).unwrap();
        }
        std::os::unix::fs::chown(dir.join("data"), Some(ids_of("postfix").0), None).unwrap();
        make_tls(&dir, Some(&dovecot.dir));
        let mut postfix = Postfix {
            smtp: free_port(),
            smtps: free_port(),
            submission: free_port(),
            dir: dir.clone(),
            running: false,
        };
        let words = [
            ("DIR", dir.display().to_string()),
            ("LMTP", dovecot.lmtp.to_string()),
            (
                "AUTH",
                dovecot.dir.join("run/auth-client").display().to_string(),
            ),
            ("SMTP", postfix.smtp.to_string()),
            ("SMTPS", postfix.smtps.to_string()),
            ("SUBMISSION", postfix.submission.to_string()),
        ];
        fill("postfix-main.cf", &dir.join("etc/main.cf"), &words);
        fill("postfix-master.cf", &dir.join("etc/master.cf"), &words);
        postfix.start_again();
        postfix
    }

    /// Starts it after [`Postfix::stop`].
    pub fn start_again(&mut self) {
        self.command("start");
        self.running = true;
        wait_for_port(self.smtp, &self.dir.join("postfix.log"));
    }

    /// Stops it.
    pub fn stop(&mut self) {
        if self.running {
            self.command("stop");
            self.running = false;
        }
    }

    /// Port of SMTP in the clear and with STARTTLS, no AUTH demanded.
    pub fn smtp_port(&self) -> u16 {
        self.smtp
    }

    /// Port of SMTP under TLS.
    pub fn smtps_port(&self) -> u16 {
        self.smtps
    }

    /// Port of submission: AUTH demanded, after STARTTLS only.
    pub fn submission_port(&self) -> u16 {
        self.submission
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("postfix.log")).unwrap_or_default()
    }

    /// Sends a mail through it, as a participant's provider would.
    pub fn send(&self, from: &str, to: &str, mail: &[u8]) {
        let mut smtp = Dialogue::connect(self.smtp);
        smtp.expect("220");
        smtp.say("EHLO provider.example", "250");
        smtp.say(&format!("MAIL FROM:<{from}>"), "250");
        smtp.say(&format!("RCPT TO:<{to}>"), "250");
        smtp.say("DATA", "354");
        smtp.send_data(mail);
        smtp.expect("250");
        smtp.say("QUIT", "221");
    }

    fn command(&self, word: &str) {
        // Its daemon keeps an inherited pipe open: output goes to a file. A stray MAIL_CONFIG would choose another.
        let log = fs::File::create(self.dir.join("command.log")).unwrap();
        let status = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.dir.join("etc"))
            .arg(word)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .status()
            .unwrap();
        let said = fs::read_to_string(self.dir.join("command.log")).unwrap();
        let failed = !status.success() && !std::thread::panicking();
        assert!(!failed, "postfix {word}: {said}{}", self.log());
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("postfix's log:\n{}", self.log());
        }
    }
}

/// Ends a child of ours and what it started, each by its own pid, and waits for it. What it started is not left to
/// end in its own time: a Dovecot's process goes on serving a connection for many seconds.
pub fn terminate(mut child: Child) {
    let family = descendants(child.id());
    signal("TERM", child.id());
    let end = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // The same process still, and not another that got its number.
    for (pid, begun) in family {
        if begun_at(pid) == Some(begun) {
            signal("KILL", pid);
        }
    }
}

fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .stderr(Stdio::null())
        .status();
    assert!(sent.is_ok(), "kill cannot be run");
}

/// A number of `/proc/PID/stat`, counted behind the name: 1 is the parent, 19 when it began.
fn stat(pid: u32, index: usize) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after = stat.rsplit_once(')')?.1;
    after.split_whitespace().nth(index)?.parse().ok()
}

fn begun_at(pid: u32) -> Option<u64> {
    stat(pid, 19)
}

fn parent_of(pid: u32) -> Option<u32> {
    stat(pid, 1).and_then(|parent| parent.try_into().ok())
}

fn descendants(of: u32) -> Vec<(u32, u64)> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent_of(pid)?)))
        .collect();
    let mut found = vec![of];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        found.extend(
            parents
                .iter()
                .filter(|(_, p)| *p == parent)
                .map(|(pid, _)| *pid),
        );
        at += 1;
    }
    let begun = |pid: u32| Some((pid, begun_at(pid)?));
    found.into_iter().skip(1).filter_map(begun).collect()
}

fn ids_of(user: &str) -> (u32, u32) {
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd
        .lines()
        .find(|line| line.starts_with(&format!("{user}:")))
        .unwrap_or_else(|| panic!("no user {user}"));
    let fields: Vec<&str> = line.split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

/// Token introspection (RFC 7662) for Dovecot: says for whom a token is valid.
struct Tokens {
    port: u16,
    valid: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Tokens {
    fn serve() -> Tokens {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let valid = Arc::new(Mutex::new(BTreeMap::<String, String>::new()));
        let known = Arc::clone(&valid);
        // Ends with the test process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let (mut length, mut line) = (0, String::new());
                while reader.read_line(&mut line).is_ok_and(|n| n > 0) && line != "\r\n" {
                    let lower = line.to_ascii_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                if reader.read_exact(&mut body).is_err() {
                    continue;
                }
                let body = String::from_utf8_lossy(&body).into_owned();
                let token = body.split('&').find_map(|pair| pair.strip_prefix("token="));
                let user = token.and_then(|token| known.lock().unwrap().get(token).cloned());
                let answer = match user {
                    Some(user) => format!(r#"{{"active":true,"username":"{user}"}}"#),
                    None => r#"{"active":false}"#.to_owned(),
                };
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
                let mut stream = reader.into_inner();
                let length = answer.len();
                let sent = write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{answer}");
                if let Err(error) = sent {
                    eprintln!("token server: {error}");
                }
            }
        });
        Tokens { port, valid }
    }
}

/// A line dialogue with SMTP's answers.
struct Dialogue {
    reader: BufReader<TcpStream>,
}

impl Dialogue {
    fn connect(port: u16) -> Dialogue {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Dialogue {
            reader: BufReader::new(stream),
        }
    }

    fn expect(&mut self, code: &str) {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            assert!(line.starts_with(code), "wanted {code}, got {line:?}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return;
            }
        }
    }

    fn say(&mut self, line: &str, code: &str) {
        write!(self.reader.get_mut(), "{line}\r\n").unwrap();
        self.expect(code);
    }

    fn send_data(&mut self, mail: &[u8]) {
        let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
        let mut data = String::new();
        for line in text.lines() {
            if line.starts_with('.') {
                data.push('.');
            }
            data.push_str(line);
            data.push_str("\r\n");
        }
        data.push_str(".\r\n");
        self.reader.get_mut().write_all(data.as_bytes()).unwrap();
    }
}

/// Another client of the same mailbox: a human's mail program.
pub struct ImapClient {
    reader: BufReader<TcpStream>,
    count: u32,
}

impl ImapClient {
    fn login(port: u16, user: &str) -> ImapClient {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut client = ImapClient {
            reader: BufReader::new(stream),
            count: 0,
        };
        client.line();
        client.run(&format!("LOGIN \"{user}\" \"{PASSWORD}\""));
        client
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).unwrap();
        String::from_utf8_lossy(&line).trim_end().to_owned()
    }

    /// Runs a command that must succeed; gives the untagged lines.
    pub fn run(&mut self, command: &str) -> Vec<String> {
        self.count += 1;
        let tag = format!("t{}", self.count);
        write!(self.reader.get_mut(), "{tag} {command}\r\n").unwrap();
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if let Some(rest) = line.strip_prefix(&format!("{tag} ")) {
                assert!(rest.starts_with("OK"), "{command}: {rest}");
                return lines;
            }
            assert!(!line.is_empty(), "{command}: connection closed");
            lines.push(line);
        }
    }

    /// Appends a mail to a mailbox.
    pub fn append(&mut self, mailbox: &str, mail: &[u8]) {
        self.append_at(mailbox, "", mail);
    }

    /// Appends a mail as received at a time (RFC 3501 date-time, quoted, with a space behind it).
    pub fn append_at(&mut self, mailbox: &str, received: &str, mail: &[u8]) {
        self.count += 1;
        let tag = format!("t{}", self.count);
        let length = mail.len();
        write!(
            self.reader.get_mut(),
            "{tag} APPEND {mailbox} {received}{{{length}}}\r\n"
        )
        .unwrap();
        let line = self.line();
        assert!(line.starts_with('+'), "{line}");
        self.reader.get_mut().write_all(mail).unwrap();
        self.reader.get_mut().write_all(b"\r\n").unwrap();
        loop {
            let line = self.line();
            if let Some(rest) = line.strip_prefix(&format!("{tag} ")) {
                assert!(rest.starts_with("OK"), "APPEND: {rest}");
                return;
            }
        }
    }

    /// UID and flags of every mail of a mailbox, as the server shows them, `\Recent` left out (it tells which
    /// client looked first, not what anybody did).
    pub fn flags(&mut self, mailbox: &str) -> Vec<String> {
        self.run(&format!("EXAMINE {mailbox}"));
        self.run("FETCH 1:* (UID FLAGS)")
            .into_iter()
            .filter(|line| line.contains("FETCH ("))
            .map(|line| {
                line.replace("\\Recent", "")
                    .replace("( ", "(")
                    .replace(" )", ")")
            })
            .collect()
    }
}

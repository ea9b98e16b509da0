//! The service manager's watchdog: pings come from the loop that watches the mailbox, in an outage too,
//! which is told as « degraded » and is no reason to restart.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::stage::{CONTACT, Daemon, Stage};
use crate::support::until;

/// What the daemon tells its service manager.
struct Manager(UnixDatagram);

impl Manager {
    /// The next word, or none within a time.
    fn hears(&self, within: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(within)).unwrap();
        let mut word = [0; 256];
        let length = self.0.recv(&mut word).ok()?;
        Some(String::from_utf8(word[..length].to_vec()).unwrap())
    }

    /// Waits for so many pings.
    fn pings(&self, wanted: usize) {
        let mut pings = 0;
        while pings < wanted {
            let word = self.hears(Duration::from_secs(60)).expect("a ping in time");
            pings += usize::from(word.contains("WATCHDOG=1"));
        }
    }
}

fn started(stage: &Stage) -> (Manager, Daemon) {
    let socket = stage.path("notify");
    let manager = Manager(UnixDatagram::bind(&socket).unwrap());
    let mut command = stage.command(&["run"]);
    command.env("NOTIFY_SOCKET", &socket);
    let daemon = Daemon::start(stage, command);
    let first = manager.hears(Duration::from_secs(60)).unwrap();
    assert!(first.contains("READY=1"), "{first}");
    (manager, daemon)
}

#[test]
fn an_outage_is_degraded_and_pings_go_on() {
    let stage = Stage::new();
    // A port at which nobody listens any more.
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    std::fs::write(stage.path("secret"), "x").unwrap();
    let mine = Permissions::from_mode(0o600);
    std::fs::set_permissions(stage.path("secret"), mine).unwrap();
    stage.write_config(
        "mode = \"live\"\n",
        &format!(
            "[imap]\nhost = \"127.0.0.1\"\nport = {port}\nprotection = \"none\"\nuser = \"{CONTACT}\"\n\
             password_file = \"secret\"\n[outbox]\nfolder = \"out\"\n"
        ),
    );
    let (manager, daemon) = started(&stage);
    manager.pings(4); // from attempt to attempt
    let said = until("status is degraded", || {
        let said = stage.run(&["status", "--json"]);
        (said.code == Some(69)).then_some(said)
    });
    let status: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(status["status"], "degraded");
    assert!(status["mailbox_reached"].is_null());
    daemon.stop().code(0);
}

#[test]
fn a_daemon_that_stands_still_pings_no_more() {
    let stage = Stage::new();
    let (manager, daemon) = started(&stage);
    manager.pings(1);
    let signal = |name: &str| {
        let pid = daemon.pid().to_string();
        let kill = std::process::Command::new("kill")
            .args([name, &pid])
            .status();
        assert!(kill.unwrap().success());
    };
    signal("-STOP");
    // What was on its way before it stood still.
    while manager.hears(Duration::from_millis(500)).is_some() {}
    stage.deliver(&crate::stage::Mail::registration(
        "Solène Kervadec",
        "solene@cc-hauts.example",
    ));
    assert_eq!(
        manager.hears(Duration::from_secs(2)),
        None,
        "work waits, and no ping"
    );
    signal("-CONT");
    manager.pings(1);
    stage.letter_to("solene@cc-hauts.example");
    daemon.stop().code(0);
}

#!/usr/bin/env python3
"""Checks the form of the scenarios and of the demo's mails; says what is wrong and exits 1, else counts.

A mail is CRLF throughout, parses without defects, and is received when its topmost Received line says; mails stand in
order of receipt; what scenario.json names exists: files, sessions, kinds of reply, and every name in some mail's words."""
import email, email.policy, json, pathlib, re, sys, tomllib, unicodedata
from datetime import datetime
from email.utils import parsedate_to_datetime

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parent.parent / "src" / "cli" / "demo"
REPLIES = {"confirmed", "waitlisted", "late", "full", "already", "cancelled", "substituted", "updated", "clarify", "none"}
STATES = {"confirmed", "waitlist", "cancelled", "refused_late", "refused_full", "replaced"}
MAIL_KEYS = {"file", "received", "expect_reply", "also", "per_person", "per_session", "also_acceptable", "to_human", "note"}
faults = []

def fold(text):
    text = unicodedata.normalize("NFKD", text.replace("’", " ").replace("'", " "))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())

def words_of(message):
    parts = [str(message[name]) for name in ("From", "To", "Cc", "Subject") if message[name]]
    parts += [part.get_content() for part in message.walk() if part.get_content_maintype() == "text" and part.get_content_type() != "text/rfc822-headers"]
    return fold(" ".join(parts))

def look_at(path, received, address):
    """Checks one mail; gives its folded words."""
    raw = path.read_bytes()
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        faults.append(f"{path}: not CRLF throughout")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for part in message.walk():
        faults.extend(f"{path}: {defect!r}" for defect in part.defects)
    faults.extend(f"{path}: no {name}" for name in ("From", "To", "Date", "Message-ID", "Return-Path") if message[name] is None)
    top = parsedate_to_datetime(str(message.get_all("Received")[0]).rsplit(";", 1)[1].strip())
    if top != datetime.fromisoformat(received):
        faults.append(f"{path}: received {received}, but the topmost Received line says {top.isoformat()}")
    if address not in str(message["Delivered-To"]):
        faults.append(f"{path}: not delivered to {address}")
    return words_of(message)

def in_order(where, times):
    stamps = [datetime.fromisoformat(time) for time in times]
    if stamps != sorted(stamps):
        faults.append(f"{where}: not in order of receipt")

def look_at_scenario(folder, sessions, address, expected=None):
    scenario = json.loads((expected or folder / "scenario.json").read_text(encoding="utf-8"))
    mails = scenario["mails"]
    words = " ".join(look_at(folder / mail["file"], mail["received"], address) for mail in mails)
    in_order(folder, [mail["received"] for mail in mails])
    if sorted(path.name for path in folder.glob("*.eml")) != [mail["file"] for mail in mails]:
        faults.append(f"{folder}: files and mails differ")
    names = {name for lists in scenario["final"].values() for people in lists.values() for name in people}
    named_sessions = set(scenario["final"]) | set(scenario["sessions_capacity"])
    for mail in mails:
        names |= set(mail.get("per_person", {})) | {other["to"] for other in mail.get("also", [])}
        names |= {name for other in mail.get("also", []) for name in other.get("for", [])}
        named_sessions |= set(mail.get("per_session", {}))
        kinds = {mail["expect_reply"], *mail.get("also_acceptable", []), *mail.get("per_person", {}).values(), *mail.get("per_session", {}).values()}
        faults.extend(f"{folder}/{mail['file']}: unknown key or reply {odd}" for odd in (set(mail) - MAIL_KEYS) | (kinds - REPLIES))
        faults.extend(f"{folder}/{mail['file']}: unknown {other}" for other in mail.get("also", []) if other["expect_reply"] not in REPLIES | {"promoted"})
    faults.extend(f"{folder}: no mail names {name}" for name in names if fold(name) not in words and not all(word in words.split() for word in fold(name).split()))
    faults.extend(f"{folder}: no session {name}" for name in named_sessions if name not in sessions)
    for session, lists in scenario["final"].items():
        faults.extend(f"{folder}: unknown state {state}" for state in set(lists) - STATES)
        if session in scenario["sessions_capacity"] and len(lists["confirmed"]) > scenario["sessions_capacity"][session]:
            faults.append(f"{folder}: more people than seats in {session}")
    return len(mails)

def main():
    scenarios = mails = 0
    for group in sorted(path.parent for path in HERE.glob("*/address.txt")):
        address = (group / "address.txt").read_text(encoding="utf-8").strip()
        sessions = {}
        for path in (group / "catalogue").glob("*.toml"):
            session = tomllib.loads(path.read_text(encoding="utf-8"))
            sessions[session["id"]] = session
            if session["id"] != path.stem:
                faults.append(f"{path}: id and file name differ")
        for folder in sorted(path.parent for path in group.glob("*/scenario.json")):
            mails += look_at_scenario(folder, sessions, address)
            scenarios += 1
    index = [json.loads(line) for line in (DEMO / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    look_at_scenario(DEMO / "mails", {"coop-n1", "coop-n2", "coop-n3"}, "europe.devrural@caprural.org", HERE / "demo.json")
    in_order(DEMO, [line["received"] for line in index])
    if sorted(path.name for path in (DEMO / "mails").glob("*.eml")) != sorted(line["file"] for line in index):
        faults.append(f"{DEMO}: files and index differ")
    if [mail["file"] + mail["received"] for mail in json.loads((HERE / "demo.json").read_text(encoding="utf-8"))["mails"]] != [line["file"] + line["received"] for line in index]:
        faults.append(f"{DEMO}: index and demo.json differ")
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{scenarios} scenarios with {mails} mails, {len(index)} demo mails, {len(faults)} faults")
    sys.exit(1 if faults or not scenarios or not index else 0)

main()

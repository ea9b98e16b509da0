#!/usr/bin/env python3
"""Reads a mail from standard input with Python's email package, strictly, and prints what it found as JSON.

It knows nothing of how guichet composes: headers, parts, decoded contents and every defect.
"""
import email
import email.policy
import json
import sys


def walk(part, path, out, defects):
    where = ".".join(map(str, path))
    defects += [f"{where}: {type(d).__name__}" for d in part.defects]
    found = {
        "path": where,
        "type": part.get_content_type(),
        "params": dict(part["Content-Type"].params) if part["Content-Type"] else {},
        "filename": part.get_filename(),
        "encoding": part["Content-Transfer-Encoding"],
    }
    for name, value in part.items():
        defects += [f"{where} {name}: {type(d).__name__}" for d in getattr(value, "defects", ())]
    out.append(found)
    if part.get_content_maintype() == "multipart":
        for index, child in enumerate(part.iter_parts()):
            walk(child, path + [index], out, defects)
    elif part.get_content_maintype() == "text":
        found["text"] = part.get_content().replace("\r\n", "\n")
    elif part.get_content_type() != "message/rfc822":
        found["hex"] = part.get_payload(decode=True).hex()
    return out


def calendar(parts, mail):
    try:
        import icalendar
    except ImportError:
        return "missing"
    for part in mail.walk():
        if part.get_content_type() == "application/ics":
            found = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            event = found.walk("VEVENT")[0]
            return f"{found['METHOD']} {event['UID']} {event['SUMMARY']}"
    return None


raw = sys.stdin.buffer.read()
# strict raises on a defect of the structure; the headers' own are collected in walk
mail = email.message_from_bytes(raw, policy=email.policy.strict)
headers, defects = {}, []
for name, value in mail.items():
    headers.setdefault(name, []).append(str(value))
parts = walk(mail, [], [], defects)
print(json.dumps({
    "headers": headers,
    "parts": parts,
    "defects": defects,
    "calendar": calendar(parts, mail),
}))

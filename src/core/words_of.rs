//! The words for codes: statuses, states, doubts, details, in sentences for people.

use super::catalogue::Detail;
use super::reading::{Doubt, Language};
use super::reply::Status;
use super::roll::State;

/// A detail that is asked for, of the receiver or of somebody else.
pub fn detail(detail: Detail, mine: bool, language: Language) -> &'static str {
    match (language, detail, mine) {
        (Language::Fr, Detail::Organisation, true) => "votre structure",
        (Language::Fr, Detail::Organisation, false) => "la structure",
        (Language::Fr, Detail::Phone, _) => "un téléphone",
        (Language::Fr, Detail::Role, true) => "votre fonction",
        (Language::Fr, Detail::Role, false) => "la fonction",
        (Language::Fr, Detail::Email, _) => "une adresse électronique",
        (Language::En, Detail::Organisation, true) => "your organisation",
        (Language::En, Detail::Organisation, false) => "the organisation",
        (Language::En, Detail::Phone, _) => "a telephone number",
        (Language::En, Detail::Role, true) => "your role",
        (Language::En, Detail::Role, false) => "the role",
        (Language::En, Detail::Email, _) => "an e-mail address",
    }
}

/// A status in two or three words, without gender.
pub fn status_word(status: Status, language: Language) -> &'static str {
    match (language, status) {
        (Language::Fr, Status::Confirmed) => "place confirmée",
        (Language::Fr, Status::Provisional) => "place gardée, cotisation à vérifier",
        (Language::Fr, Status::Waitlisted) => "liste d'attente",
        (Language::Fr, Status::Late) => "hors délai",
        (Language::Fr, Status::Full) => "complet",
        (Language::Fr, Status::Already) => "déjà dans la liste",
        (Language::Fr, Status::Cancelled) => "désistement",
        (Language::Fr, Status::Substituted) => "remplacement",
        (Language::Fr, Status::Updated) => "coordonnées mises à jour",
        (Language::Fr, Status::Clarify) => "question posée",
        (Language::Fr, Status::Promoted) => "place libérée, attribuée",
        (Language::Fr, Status::None) => "sans suite",
        (Language::En, Status::Confirmed) => "seat confirmed",
        (Language::En, Status::Provisional) => "seat kept, membership to check",
        (Language::En, Status::Waitlisted) => "waiting list",
        (Language::En, Status::Late) => "after the deadline",
        (Language::En, Status::Full) => "full",
        (Language::En, Status::Already) => "already on the list",
        (Language::En, Status::Cancelled) => "withdrawal",
        (Language::En, Status::Substituted) => "substitution",
        (Language::En, Status::Updated) => "details updated",
        (Language::En, Status::Clarify) => "question asked",
        (Language::En, Status::Promoted) => "freed seat given",
        (Language::En, Status::None) => "nothing done",
    }
}

/// The state of a registration in two or three words, without gender.
pub fn state_word(state: State, language: Language) -> &'static str {
    match (language, state) {
        (Language::Fr, State::Confirmed) => "place confirmée",
        (Language::Fr, State::Provisional) => "place gardée, cotisation à vérifier",
        (Language::Fr, State::Waitlisted) => "liste d'attente",
        (Language::Fr, State::Asked) => "question posée",
        (Language::Fr, State::Cancelled) => "désistement",
        (Language::Fr, State::Replaced) => "place passée à quelqu'un d'autre",
        (Language::Fr, State::RefusedLate) => "hors délai",
        (Language::Fr, State::RefusedFull) => "complet",
        (Language::Fr, State::Review) => "à vérifier",
        (Language::En, State::Confirmed) => "seat confirmed",
        (Language::En, State::Provisional) => "seat kept, membership to check",
        (Language::En, State::Waitlisted) => "waiting list",
        (Language::En, State::Asked) => "question asked",
        (Language::En, State::Cancelled) => "withdrawn",
        (Language::En, State::Replaced) => "seat passed on",
        (Language::En, State::RefusedLate) => "after the deadline",
        (Language::En, State::RefusedFull) => "full",
        (Language::En, State::Review) => "to be checked",
    }
}

/// Why the robot hesitated, as a sentence for the organiser (without its full stop).
pub fn doubt_sentence(doubt: Doubt, language: Language) -> &'static str {
    match language {
        Language::Fr => doubt_fr(doubt),
        Language::En => doubt_en(doubt),
    }
}

fn doubt_fr(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::NotToUs => "le mail semble adressé à quelqu'un d'autre",
        Doubt::Unreadable => "le mail est illisible",
        Doubt::SessionUnclear => "je ne sais pas de quelle session il s'agit",
        Doubt::SessionContradiction => "ce que dit le mail de la session contredit le catalogue",
        Doubt::SessionUnknown => "l'annonce citée ne correspond à aucune session du catalogue",
        Doubt::SessionOver => "la session a commencé ou elle est passée",
        Doubt::PersonUnclear => "je ne sais pas avec certitude de qui il s'agit",
        Doubt::Conditional => {
            "la demande dépend d'une condition à laquelle seule une personne peut répondre"
        }
        Doubt::NotCommitted => "de l'intérêt, mais pas encore de demande ferme",
        Doubt::LatePlea => "le délai est passé et le mail demande une exception",
        Doubt::SameDay => "désistement ou remplacement le jour même de la session, ou après",
        Doubt::ChangeOfSession => "passage d'une session à une autre",
        Doubt::Eligibility => {
            "la personne demande si elle peut participer, ou ne remplit peut-être pas une condition"
        }
        Doubt::HumanInThread => "quelqu'un de chez vous est dans l'échange",
        Doubt::SeveralRequests => "plusieurs demandes qui ne vont pas ensemble",
        Doubt::Unexplained => "une phrase qui pourrait changer le sens m'échappe",
        Doubt::NoAuthority => "l'ordre vient de quelqu'un qui n'a pas ce pouvoir",
        Doubt::NoRequest => "je n'y vois rien que je sache traiter",
        Doubt::SenderUnclear => "l'expéditeur n'est pas sûr",
        Doubt::Machine => "une machine l'a écrit",
        Doubt::TooMany => {
            "trop de personnes, ou trop d'inscriptions en peu de temps, pour décider sans vous"
        }
        Doubt::MessageIdReused => "le même identifiant a déjà servi pour un autre mail",
        Doubt::ClockDoubtful => "l'heure de réception n'est pas sûre",
        Doubt::RegistrationUnclear => "je ne trouve pas l'inscription dont il s'agit",
        Doubt::SessionChanged => "la session a changé et vous ne l'avez pas encore accepté",
        Doubt::AnsweredByHand => "quelqu'un y a déjà répondu",
        Doubt::RefusedBefore => {
            "cette personne a déjà reçu un refus automatique pour cette session"
        }
        Doubt::AnswerTooLate => {
            "c'est la réponse à une question restée trop longtemps sans réponse, qui vous a été confiée"
        }
        Doubt::MailGone => {
            "une session a été ajoutée depuis, mais le mail n'est plus là pour être relu"
        }
        Doubt::ForTheHuman => "ce genre de mail vous revient",
    }
}

fn doubt_en(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::NotToUs => "the mail seems to be addressed to somebody else",
        Doubt::Unreadable => "the mail cannot be read",
        Doubt::SessionUnclear => "I cannot tell which session is meant",
        Doubt::SessionContradiction => {
            "what the mail says of the session contradicts the catalogue"
        }
        Doubt::SessionUnknown => "the announcement it quotes fits no session of the catalogue",
        Doubt::SessionOver => "the session has begun or is over",
        Doubt::PersonUnclear => "I cannot tell for certain who is meant",
        Doubt::Conditional => "the request hangs on a condition that only a person can answer",
        Doubt::NotCommitted => "interest, but no firm request yet",
        Doubt::LatePlea => "the deadline has passed and the mail asks for an exception",
        Doubt::SameDay => "a withdrawal or substitution on the session's own day, or later",
        Doubt::ChangeOfSession => "a change from one session to another",
        Doubt::Eligibility => "the writer asks whether they may come, or may not meet a condition",
        Doubt::HumanInThread => "one of your colleagues is in the thread",
        Doubt::SeveralRequests => "several requests that do not go together",
        Doubt::Unexplained => "a phrase that could change the meaning escapes me",
        Doubt::NoAuthority => "the order comes from somebody without that authority",
        Doubt::NoRequest => "I see nothing in it that I can deal with",
        Doubt::SenderUnclear => "the sender is not certain",
        Doubt::Machine => "a machine wrote it",
        Doubt::TooMany => {
            "too many people, or too many registrations in a short time, to decide without you"
        }
        Doubt::MessageIdReused => "the same identifier was used for another mail before",
        Doubt::ClockDoubtful => "the time of receipt is not certain",
        Doubt::RegistrationUnclear => "I cannot find the registration that is meant",
        Doubt::SessionChanged => "the session has changed and you have not accepted that yet",
        Doubt::AnsweredByHand => "somebody has answered it already",
        Doubt::RefusedBefore => "this person was refused automatically for this session before",
        Doubt::AnswerTooLate => {
            "it answers a question that nobody had answered in time, which was handed to you"
        }
        Doubt::MailGone => {
            "a session has been added since, but the mail is no longer there to be read again"
        }
        Doubt::ForTheHuman => "this kind of mail is yours to answer",
    }
}

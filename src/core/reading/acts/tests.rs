#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
use super::*;

fn deeds(text: &str) -> Vec<Deed> {
    let cut = Cut::new(text, Vec::new(), Vec::new());
    acts(&cut)
        .into_iter()
        .filter(|a| !matches!(a.mood, Mood::Asking | Mood::Hedged))
        .map(|a| a.deed)
        .collect()
}

#[test]
fn registers_in_many_phrasings() {
    for text in [
        "Merci de bien vouloir m'inscrire à la formation.",
        "Pourriez-vous m'inscrire à la journée ?",
        "Je serai des vôtres.",
        "Comptez sur moi pour la visio.",
        "tu peux me rajouter pour le 17 ?",
        "Je souhaite participer à la formation.",
        "Nous serons présents à la journée.",
        "Je vous confirme ma participation à la webconférence.",
        "VEUILLEZ NOTER MA PARTICIPATION A LA VISIO CONFERENCE",
        "je m'inscris",
        "Merci de nous compter parmi vous",
        "J'y serai.",
        "Je voudrais une place pour le stage.",
        "Merci de me réserver une place.",
        "Je prends une place.",
        "inscrivez-moi",
        "ok pour moi",
        "Je suis preneuse !",
        "Please sign me up for the workshop.",
        "Count me in!",
        "I'd like to take part in your webinar.",
        "Could you put me down for the session?",
        "I would like to register for the course.",
        "I'll be there.",
        "Please book me a place on the course",
        "Please reserve two places",
    ] {
        assert_eq!(deeds(text), [Deed::Register], "{text}");
    }
}

#[test]
fn withdraws_in_many_phrasings() {
    for text in [
        "Je dois malheureusement annuler pour mardi.",
        "Merci d'annuler mon inscription.",
        "je ne pourrai finalement pas venir.",
        "Je ne participerai pas à la journée évaluation",
        "tu peux me rayer pour le 3",
        "je renonce",
        "Tu peux donner ma place !",
        "Je dois me désister.",
        "I'm afraid I can't make it to the workshop after all.",
        "I have to withdraw from the webconference",
        "Please cancel my registration.",
        "Unfortunately I won't be able to attend the course.",
        "ne m'attendez pas",
        "Je suis dans l'impossibilité de participer à la journée.",
    ] {
        let found = deeds(text);
        assert!(
            !found.is_empty()
                && found
                    .iter()
                    .all(|d| matches!(d, Deed::Quit | Deed::NotCome)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn leaves_what_is_no_request() {
    for text in [
        "Comment fait-on pour s'inscrire ?",
        "Est-ce que je suis bien inscrite ?",
        "Je me suis inscrite la semaine dernière.",
        "N'hésitez pas à vous inscrire.",
        "Inscrivez-vous avant le 22 !",
        "merci de me désinscrire de votre liste de diffusion",
        "Participerais-tu aussi à la table ronde ?",
        "Je n'ai pas pu participer hier.",
        "C'est inscrit dans l'agenda.",
        "Reste-t-il des places ?",
        "How do I register?",
        "Merci pour la confirmation !",
    ] {
        assert_eq!(deeds(text), [], "{text}");
    }
}

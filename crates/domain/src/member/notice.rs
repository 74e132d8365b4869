use crate::conversation::Role;

/// Up to this many names stand in one sentence.
const NAMED: usize = 3;

/// What a system message tells: that somebody did this.
#[derive(Debug, Clone, Copy)]
pub enum Notice<'a> {
    /// Brought these people in.
    Added(&'a [String]),
    /// Took this person out.
    Removed(&'a str),
    /// Went, and left the group to this person if it was theirs.
    Left(Option<&'a str>),
    /// Gave this person another role.
    RoleGiven(&'a str, Role),
    /// Gave the group this name.
    Renamed(&'a str),
    /// Gave the group a picture.
    PictureSet,
    /// Took the group's picture away.
    PictureRemoved,
}

impl Notice<'_> {
    /// The sentence, for an actor of this name.
    pub fn sentence(&self, actor: &str) -> String {
        match self {
            Self::Added(people) => format!("{actor} added {}", listed(people)),
            Self::Removed(person) => format!("{actor} removed {person}"),
            Self::Left(None) => format!("{actor} left"),
            Self::Left(Some(heir)) => format!("{actor} left, {heir} is the owner now"),
            Self::RoleGiven(person, Role::Owner) => format!("{actor} made {person} the owner"),
            Self::RoleGiven(person, Role::Admin) => format!("{actor} made {person} an admin"),
            Self::RoleGiven(person, Role::Member) => format!("{actor} made {person} a member"),
            Self::Renamed(name) => format!("{actor} renamed the group to \"{name}\""),
            Self::PictureSet => format!("{actor} changed the picture of the group"),
            Self::PictureRemoved => format!("{actor} removed the picture of the group"),
        }
    }
}

fn listed(people: &[String]) -> String {
    match people {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if people.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} others", people[..NAMED - 1].join(", "), people.len() - (NAMED - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(names: &[&str]) -> String {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        Notice::Added(&names).sentence("ann")
    }

    #[test]
    fn a_notice_is_a_plain_sentence() {
        for (notice, sentence) in [
            (Notice::Removed("bob"), "ann removed bob"),
            (Notice::Left(None), "ann left"),
            (Notice::Left(Some("bob")), "ann left, bob is the owner now"),
            (Notice::RoleGiven("bob", Role::Admin), "ann made bob an admin"),
            (Notice::RoleGiven("bob", Role::Owner), "ann made bob the owner"),
            (Notice::Renamed("X"), "ann renamed the group to \"X\""),
        ] {
            assert_eq!(notice.sentence("ann"), sentence);
        }
    }

    #[test]
    fn however_many_were_added_make_one_short_sentence() {
        assert_eq!(added(&["bob"]), "ann added bob");
        assert_eq!(added(&["bob", "carol"]), "ann added bob and carol");
        assert_eq!(added(&["bob", "carol", "dave"]), "ann added bob, carol and dave");
        assert_eq!(added(&["bob", "carol", "dave", "eve"]), "ann added bob, carol and 2 others");
    }
}

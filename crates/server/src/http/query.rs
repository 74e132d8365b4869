use std::collections::HashMap;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use chirrup_domain::account::PeoplePage;
use chirrup_domain::conversation::{ConversationAfter, ConversationPage};
use chirrup_domain::member::UserPage;
use chirrup_domain::message::{HistoryAt, HistoryPage, Seq};
use chirrup_domain::receipt::ReaderPage;
use chirrup_domain::search::{MAX_FOUND, SearchRequest};
use chirrup_domain::{Error, MAX_PAGE, Result};
use chirrup_protocol::ListPlace;
use http::StatusCode;
use http::request::Parts;

use super::failure::Failure;

const DEFAULT_LIMIT: u16 = 50;
const DEFAULT_FOUND: u16 = 20;

/// What stands behind the question mark. Keys that nobody knows are ignored; one without a value counts as missing.
pub(super) struct Params(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Query(params) = Query::from_request_parts(parts, state)
            .await
            .map_err(|_| Failure::Status(StatusCode::BAD_REQUEST))?;
        Ok(Self(params))
    }
}

impl Params {
    /// `after`, a conversation's id or the `next` of another page, and `limit`.
    pub(super) fn conversation_page(&self) -> Result<ConversationPage> {
        let after = |text| conversation_after(text).ok_or(Error::InvalidPayload { field: "after" });
        Ok(ConversationPage { after: self.get("after").map(after).transpose()?, limit: self.limit()? })
    }

    /// `after`, a user's id, and `limit`.
    pub(super) fn user_page(&self) -> Result<UserPage> {
        Ok(UserPage { after: self.after()?, limit: self.limit()? })
    }

    /// `q`, a part of a name, `after`, a user's id, and `limit`.
    pub(super) fn people_page(&self) -> Result<PeoplePage> {
        let query = self.get("q").unwrap_or_default().trim().to_owned();
        Ok(PeoplePage { query, after: self.after()?, limit: self.limit()? })
    }

    /// `after`, a user's id, and `limit`.
    pub(super) fn reader_page(&self) -> Result<ReaderPage> {
        Ok(ReaderPage { after: self.after()?, limit: self.limit()? })
    }

    /// One of `before`, `after` and `around`, a place each, and `limit`.
    pub(super) fn history_page(&self) -> Result<HistoryPage> {
        let limit = self.limit()?;
        let (before, after, around) = (self.seq("before")?, self.seq("after")?, self.seq("around")?);
        let at = match (before, after, around) {
            (None, None, None) => HistoryAt::Newest,
            (Some(seq), None, None) => HistoryAt::Before(place(seq, "before")?),
            // Everything is after 0, where a reader stands who has seen nothing: the page around the first message
            // begins with it.
            (None, Some(0), None) => HistoryAt::Around(Seq::FIRST),
            (None, Some(seq), None) => HistoryAt::After(place(seq, "after")?),
            (None, None, Some(seq)) => HistoryAt::Around(place(seq, "around")?),
            (Some(_), Some(_), _) => return Err(Error::InvalidPayload { field: "after" }),
            (_, _, Some(_)) => return Err(Error::InvalidPayload { field: "around" }),
        };
        Ok(HistoryPage { at, limit })
    }

    /// `q`, the text of a search, `conversationId`, `before`, the `next` of another page, and `limit`.
    pub(super) fn search(&self) -> Result<SearchRequest> {
        let before = |text| {
            let place = ListPlace::parse(text).ok_or(Error::InvalidPayload { field: "before" })?;
            Ok::<_, Error>(place.0)
        };
        Ok(SearchRequest {
            text: self.get("q").unwrap_or_default().to_owned(),
            conversation: self.id("conversationId")?,
            before: self.get("before").map(before).transpose()?,
            limit: self.limit_up_to(MAX_FOUND, DEFAULT_FOUND)?,
        })
    }

    fn limit(&self) -> Result<u16> {
        self.limit_up_to(MAX_PAGE, DEFAULT_LIMIT)
    }

    /// 1 to `max`; more is taken for that, since a page is never longer.
    fn limit_up_to(&self, max: u16, default: u16) -> Result<u16> {
        let Some(text) = self.get("limit") else { return Ok(default) };
        match text.parse::<u32>() {
            Ok(0) | Err(_) => Err(Error::InvalidPayload { field: "limit" }),
            Ok(limit) => Ok(u16::try_from(limit).unwrap_or(u16::MAX).min(max)),
        }
    }

    fn after<I: FromStr>(&self) -> Result<Option<I>> {
        self.id("after")
    }

    fn id<I: FromStr>(&self, field: &'static str) -> Result<Option<I>> {
        let id = |text: &str| text.parse().map_err(|_| Error::InvalidPayload { field });
        self.get(field).map(id).transpose()
    }

    fn seq(&self, field: &'static str) -> Result<Option<u64>> {
        let number = |text: &str| text.parse().map_err(|_| Error::InvalidPayload { field });
        self.get(field).map(number).transpose()
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }
}

fn conversation_after(text: &str) -> Option<ConversationAfter> {
    let place = ListPlace::parse(text).map(|ListPlace(no)| ConversationAfter::Place(no));
    place.or_else(|| text.parse().map(ConversationAfter::Conversation).ok())
}

fn place(seq: u64, field: &'static str) -> Result<Seq> {
    Seq::new(seq).ok_or(Error::InvalidPayload { field })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn at(pairs: &[(&str, &str)]) -> Result<HistoryAt, String> {
        params(pairs).history_page().map(|page| page.at).map_err(|error| error.to_string())
    }

    #[test]
    fn one_place_may_be_named() {
        let five = Seq::new(5).unwrap();
        assert_eq!(at(&[]), Ok(HistoryAt::Newest));
        assert_eq!(at(&[("before", "5")]), Ok(HistoryAt::Before(five)));
        assert_eq!(at(&[("after", "5"), ("before", "")]), Ok(HistoryAt::After(five)));
        assert_eq!(at(&[("around", "5")]), Ok(HistoryAt::Around(five)));
        assert_eq!(at(&[("after", "0")]), Ok(HistoryAt::Around(Seq::FIRST)));
        assert_eq!(at(&[("before", "5"), ("after", "1")]), Err("Invalid after".into()));
        assert_eq!(at(&[("before", "5"), ("around", "1")]), Err("Invalid around".into()));
    }

    #[test]
    fn what_is_no_place_is_refused_by_name() {
        assert_eq!(at(&[("before", "0")]), Err("Invalid before".into()));
        assert_eq!(at(&[("before", "-1")]), Err("Invalid before".into()));
        assert_eq!(at(&[("after", "x")]), Err("Invalid after".into()));
        assert_eq!(at(&[("around", "18446744073709551615")]), Err("Invalid around".into()));
    }

    #[test]
    fn a_page_has_50_items_unless_asked_and_never_more_than_200() {
        let limit = |text| params(&[("limit", text)]).conversation_page().map(|page| page.limit).ok();
        assert_eq!(limit(""), Some(50));
        assert_eq!(limit("7"), Some(7));
        assert_eq!(limit("100000"), Some(200));
        assert_eq!(limit("0"), None);
        assert_eq!(limit("many"), None);
    }
}

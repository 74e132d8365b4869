/// Most items on a page of any list.
pub const MAX_PAGE: u16 = 200;

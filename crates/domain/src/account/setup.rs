/// The code that the first start prints: whoever registers with it is the server's admin.
pub trait SetupCode: Send + Sync + 'static {
    /// Whether this is the code; takes the same time however much of it is right.
    fn matches(&self, given: &str) -> bool;

    /// Forgets the code: there is an admin.
    fn forget(&self);
}

#[derive(Debug)]
pub struct Templates;
impl Templates {
    pub fn built_in() -> Self {
        Self
    }
}
pub struct Rendered;

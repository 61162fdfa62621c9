//! Typed identifiers. One type per thing, so that a grant's id is never taken for a case's.

/// Declares an identifier: a string that the platform made, opaque to everybody else.
macro_rules! ids {
    ($( $(#[$meta:meta])* $Name:ident, )+) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $Name(pub String);

        impl $Name {
            /// The id as it stands in URLs and in the database.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $Name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    )+ };
}

ids! {
    /// An organisation: agency, authority or public-service company.
    OrgId,
    /// A person with an account.
    UserId,
    /// An agency's own software that calls the gateway (应用系统).
    SystemId,
    /// One application key of a system.
    KeyId,
    /// A catalogue entry (目录条目).
    EntryId,
    /// One delivered batch (数据批次).
    DeliveryId,
    /// A case (办件): one run of a procedure.
    CaseId,
    /// A grant (授权): the right of one agency to use one entry.
    GrantId,
    /// A registered citizen or organisation of the public side (申请人).
    ApplicantId,
    /// An agreement on the use of conditionally opened data (开放利用协议).
    AgreementId,
    /// A data product (数据产品).
    ProductId,
}

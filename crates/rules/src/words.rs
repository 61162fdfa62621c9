//! Closed vocabularies. One declaration gives the type, the stored word and the word people read.

/// One word of a vocabulary, freed from its type: what tables and pages that serve every vocabulary pass around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Word {
    /// The stored word. Never change one that has been released.
    pub name: &'static str,
    /// The word people read.
    pub label: &'static str,
}

/// Declares an enum whose variants have a stored `name` and a displayed `label`.
///
/// ```
/// rules::words! {
///     /// How a resource may be shared.
///     pub enum Sharing {
///         /// Any agency may use it.
///         Open = "open" "无条件共享",
///         /// The provider decides request by request.
///         Conditional = "conditional" "有条件共享",
///     }
/// }
/// assert_eq!(Sharing::parse("conditional"), Some(Sharing::Conditional));
/// assert_eq!(Sharing::Conditional.label(), "有条件共享");
/// assert_eq!(Sharing::WORDS[1], Sharing::Conditional.word());
/// // Stored and sent as its `name`: serde reads and writes that word, nothing else.
/// ```
#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Name:ident {
            $( $(#[$variant_meta:meta])* $Variant:ident = $name:literal $label:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $Name { $( $(#[$variant_meta])* $Variant, )+ }

        // A small vocabulary of one module may have no use for every one of these.
        #[allow(dead_code)]
        impl $Name {
            /// Every word, in declaration order.
            pub const ALL: &'static [$Name] = &[ $( $Name::$Variant, )+ ];

            /// Every word, in declaration order, without its type.
            pub const WORDS: &'static [$crate::words::Word] =
                &[ $( $crate::words::Word { name: $name, label: $label }, )+ ];

            /// The stored word. Never change one that has been released.
            pub const fn name(self) -> &'static str {
                match self { $( $Name::$Variant => $name, )+ }
            }

            /// The word people read.
            pub const fn label(self) -> &'static str {
                match self { $( $Name::$Variant => $label, )+ }
            }

            /// Both words, without the type.
            pub const fn word(self) -> $crate::words::Word {
                $crate::words::Word { name: self.name(), label: self.label() }
            }

            /// The word stored as `name`, if there is one.
            pub fn parse(name: &str) -> Option<$Name> {
                $Name::ALL.iter().copied().find(|it| it.name() == name)
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                $Name::parse(&name).ok_or_else(|| {
                    serde::de::Error::custom(format!("{name}: not a word of {}", stringify!($Name)))
                })
            }
        }
    };
}

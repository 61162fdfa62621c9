//! Closed vocabularies. One declaration gives the type, the stored word and the word people read.

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

        impl $Name {
            /// Every word, in declaration order.
            pub const ALL: &'static [$Name] = &[ $( $Name::$Variant, )+ ];

            /// The stored word. Never change one that has been released.
            pub const fn name(self) -> &'static str {
                match self { $( $Name::$Variant => $name, )+ }
            }

            /// The word people read.
            pub const fn label(self) -> &'static str {
                match self { $( $Name::$Variant => $label, )+ }
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

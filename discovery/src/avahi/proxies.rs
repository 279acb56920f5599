//! The part of Avahi's D-Bus interface that we use, as `org.freedesktop.Avahi.*.xml` declares it.

/// `org.freedesktop.Avahi.Server`.
pub(super) mod server {
    use zbus::OwnedObjectPath;

    /// `AvahiServerState`.
    pub(in crate::avahi) const REGISTERING: i32 = 1;
    pub(in crate::avahi) const RUNNING: i32 = 2;
    pub(in crate::avahi) const COLLISION: i32 = 3;
    pub(in crate::avahi) const FAILURE: i32 = 4;

    #[zbus::proxy(
        interface = "org.freedesktop.Avahi.Server",
        default_service = "org.freedesktop.Avahi",
        default_path = "/"
    )]
    pub(crate) trait Server {
        fn get_state(&self) -> zbus::Result<i32>;
        fn entry_group_new(&self) -> zbus::Result<OwnedObjectPath>;
        fn get_alternative_service_name(&self, name: &str) -> zbus::Result<String>;
        #[zbus(signal)]
        fn state_changed(&self, state: i32, error: &str) -> zbus::Result<()>;
    }
}

/// `org.freedesktop.Avahi.EntryGroup`.
pub(super) mod entry_group {
    /// `AvahiEntryGroupState`.
    pub(in crate::avahi) const ESTABLISHED: i32 = 2;
    pub(in crate::avahi) const COLLISION: i32 = 3;
    pub(in crate::avahi) const FAILURE: i32 = 4;

    #[zbus::proxy(
        interface = "org.freedesktop.Avahi.EntryGroup",
        default_service = "org.freedesktop.Avahi",
        assume_defaults = false
    )]
    pub(crate) trait EntryGroup {
        #[expect(clippy::too_many_arguments, reason = "avahi's signature")]
        fn add_service(
            &self,
            interface: i32,
            protocol: i32,
            flags: u32,
            name: &str,
            service_type: &str,
            domain: &str,
            host: &str,
            port: u16,
            txt: &[Vec<u8>],
        ) -> zbus::Result<()>;
        #[expect(clippy::too_many_arguments, reason = "avahi's signature")]
        fn update_service_txt(
            &self,
            interface: i32,
            protocol: i32,
            flags: u32,
            name: &str,
            service_type: &str,
            domain: &str,
            txt: &[Vec<u8>],
        ) -> zbus::Result<()>;
        fn commit(&self) -> zbus::Result<()>;
        fn free(&self) -> zbus::Result<()>;
        #[zbus(signal)]
        fn state_changed(&self, state: i32, error: &str) -> zbus::Result<()>;
    }
}

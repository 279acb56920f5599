//! Another configuration for a router that runs: no session is dropped that may stay.

use super::config::RouterConfig;
use super::daemon::Standalone;
use crate::daemon::StartError;
use tracing::{info, warn};

impl Standalone {
    /// Takes on `config`. Sessions go on, with what they may do now; those that would not be let in any
    /// more end, and so do those of realms that are not there any more.
    ///
    /// # Errors
    /// If a new door can not be opened, or the system has no randomness. Then everything is as before,
    /// but for new realms, which nobody can enter.
    pub async fn reload(&mut self, config: &RouterConfig) -> Result<(), StartError> {
        for warning in &config.warnings {
            warn!("{warning}");
        }
        if self.started_with != (config.log.clone(), config.runtime.clone()) {
            warn!("[log] and [runtime] change with the next start");
        }
        let wanted = self.doors.bind(config.listeners())?;
        self.realms.open(&config.realms, getrandom::u64).await?;
        // From here on clients are let in by what is known now. Who was let in before and has not joined
        // yet is turned away by `Authority::joined`; who has joined is found by `Realms::change`.
        let [before, after] = self.authority.learn(config);
        self.realms.change(&config.realms, &before, &after);
        self.doors.become_as(wanted).await;
        info!("reloaded");
        Ok(())
    }
}

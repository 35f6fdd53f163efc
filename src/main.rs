//! The binary `restante`: memory that is wiped when freed, then the command line.

use std::process::ExitCode;

/// Every block is wiped when it is freed: what a message left in memory does not outlive it. Below that is mimalloc, which
/// gives memory back after a burst, as the system's allocator does not.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> =
    zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> ExitCode {
    let wanted = std::env::var("RUST_LOG").ok();
    let usual = restante::cli::usual_log(std::env::args_os());
    restante::telemetry::init(wanted.as_deref().or(usual));
    restante::telemetry::quiet_panics();
    if let Err(error) = restante::telemetry::forbid_core_dumps() {
        eprintln!("restante: core dumps cannot be forbidden: {error}");
        return ExitCode::FAILURE;
    }
    restante::cli::run(std::env::args_os())
}

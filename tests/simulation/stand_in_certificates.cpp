// The simulated wire is not encrypted: there are no certificates to read, and no broker to look at.
#include "daemon/tls_files.hpp"
#include "daemon/tls_sight.hpp"

namespace lucheng::daemon {

TlsReading read_tls_files(const TlsFiles&, protocol::WallTime) { return {}; }

TlsStamp stamp_of(const TlsFiles&, const std::filesystem::path&) { return {}; }

TlsSight look_at_broker(const TlsLook&) { return {}; }

}  // namespace lucheng::daemon

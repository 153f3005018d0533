// The link's certificates: why TLS fails, until when they serve, and new ones taken up.
#include <algorithm>
#include <utility>

#include "daemon/clock.hpp"
#include "daemon/link_impl.hpp"
#include "tls/address.hpp"

namespace lucheng::daemon {

bool Link::Impl::secure() const { return tls::is_secure(options_.uri); }

tls::Files Link::Impl::files_of(const LinkOptions& options) {
    return {.ca = options.ca_file,
            .certificate = options.certificate_file,
            .private_key = options.private_key_file};
}

// On the link's thread: names, connections and files may keep it waiting.
void Link::Impl::look(bool await_verdict, std::function<void(Impl&, tls::Sight)> then) {
    tls::Look look{.host = tls::host_of(options_.uri),
                   .port = tls::port_of(options_.uri),
                   .files = files_of(options_),
                   .now = wall_time(),
                   .uptime =
                       [] {
                           return std::chrono::ceil<std::chrono::milliseconds>(
                               machine_uptime().time_since_epoch());
                       },
                   .within = options_.tls_within,
                   .await_verdict = await_verdict};
    thread_.post([look = std::move(look), then = std::move(then), to_loop = to_loop()] {
        to_loop([sight = tls::look_at_broker(look), then](Impl& self) mutable {
            then(self, std::move(sight));
        });
    });
}

void Link::Impl::find_cause(const LinkTrouble& trouble) {
    look(true, [why = trouble.why](Impl& self, tls::Sight sight) {
        if (self.connected()) return;  // by now it does
        self.say_disconnected(sight.trouble.empty() ? why : sight.trouble, false);
    });
}

void Link::Impl::look_at_broker() {
    if (!secure() || !connected()) return;
    look(false, [](Impl& self, tls::Sight sight) {
        if (sight.trouble.empty()) self.broker_expiries_ = std::move(sight.expiries);
    });
}

std::vector<tls::Expiry> Link::Impl::expiries() const {
    auto all = own_expiries_;
    all.insert(all.end(), broker_expiries_.begin(), broker_expiries_.end());
    return all;
}

void Link::Impl::on_opening(const tls::Stamp& stamp, std::vector<tls::Expiry> expiries) {
    files_in_use_ = files_seen_ = stamp;
    own_expiries_ = std::move(expiries);
}

void Link::Impl::look_at_files(bool done) {
    // While there is no connection every try reads them anyway.
    if (phase_ != Phase::standing) return;
    thread_.post([files = secure() ? files_of(options_) : tls::Files{},
                  password = options_.password_file, in_use = files_in_use_, done,
                  to_loop = to_loop()] {
        const auto stamp = tls::stamp_of(files, password);
        if (stamp == in_use) return;
        to_loop([stamp, reading = tls::read_files(files, wall_time()), done](Impl& self) {
            self.on_files(stamp, reading, done);
        });
    });
}

void Link::Impl::on_files(const tls::Stamp& stamp, const tls::Reading& reading, bool done) {
    if (phase_ != Phase::standing || stamp == files_in_use_) return;
    const bool settled = done || stamp == files_seen_;
    files_seen_ = stamp;
    if (!settled) return;
    // Worse than what is in use: an expired one is not taken up either.
    if (!reading.troubles.empty()) {
        if (stamp == files_refused_) return;
        files_refused_ = stamp;
        if (handlers_.remark) {
            handlers_.remark("new certificates are not taken up: " + reading.troubles.front().why);
        }
        return;
    }
    if (handlers_.remark) handlers_.remark("new certificates: connecting anew");
    end_connection();
    broker_expiries_.clear();
    last_trouble_.clear();
    reconnect_.reset();
    after(timer_, std::chrono::milliseconds{0}, [](Impl& self) { self.connect(); });
}

}  // namespace lucheng::daemon

#include "daemon/service.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <lucheng/version.hpp>
#include <optional>
#include <sodium.h>
#include <sstream>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "daemon/credentials.hpp"
#include "daemon/exit_codes.hpp"
#include "daemon/housekeeping.hpp"
#include "daemon/kiosk_convert.hpp"
#include "daemon/loop.hpp"
#include "daemon/notify.hpp"
#include "daemon/reader_desk.hpp"
#include "hal/gpio_cabinet.hpp"
#include "hal/simulated_cabinet.hpp"
#include "protocol/codec.hpp"

namespace lucheng::daemon {

namespace asio = boost::asio;
using namespace std::chrono_literals;
namespace {

constexpr auto goodbye = 2s;  // TimeoutStopSec of the unit is 15 s

// One daemon a cabinet: a second one must not even touch the lock lines.
class StateLock {
public:
    explicit StateLock(const std::filesystem::path& directory) {
        std::filesystem::create_directories(directory);
        const auto file = directory / "lock";
        fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd_ < 0) throw std::system_error{errno, std::generic_category(), file.string()};
        held_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
    }
    ~StateLock() { ::close(fd_); }
    StateLock(const StateLock&) = delete;
    StateLock& operator=(const StateLock&) = delete;
    [[nodiscard]] bool held() const { return held_; }

private:
    int fd_ = -1;
    bool held_ = false;
};

protocol::BootId new_boot() {
    std::array<std::uint8_t, 8> random{};
    ::randombytes_buf(random.data(), random.size());
    return protocol::BootId::of("b-" + protocol::hex(random));
}

// A compartment that holds something cannot vanish from the config. Empty: it fits.
std::string misfit(const core::CabinetSpec& spec, const core::Ledger& ledger) {
    const auto known = [&](core::CompartmentNumber held) {
        return std::any_of(spec.compartments.begin(), spec.compartments.end(),
                           [&](const auto& c) { return c.number == held; });
    };
    for (const auto& [id, delivery] : ledger.deliveries) {
        if (!delivery.compartment || known(*delivery.compartment)) continue;
        return "compartment " + std::to_string(protocol::number_of(*delivery.compartment)) +
               " holds delivery " + id.str() +
               " but is not in the configuration; put it back, or have the delivery recalled first";
    }
    for (const auto& [id, one] : ledger.returns) {
        if (known(one.compartment)) continue;
        return "compartment " + std::to_string(protocol::number_of(one.compartment)) +
               " holds returned books but is not in the configuration; put it back, or have them "
               "collected first";
    }
    return {};
}

protocol::Status status_of(const Config& config, const protocol::BootId& boot, protocol::Link link,
                           const core::Now& since, const core::Now& now) {
    return {.cabinet = config.cabinet.id,
            .link = link,
            .version = std::string{lucheng::version},
            .boot = boot,
            .since = since.wall,
            .time_trusted = now.trusted};
}

class Service {
public:
    Service(const ServiceOptions& options, Log& log, protocol::CodeKey key);
    int run();

private:
    std::unique_ptr<hal::Hardware> make_hardware();
    hal::Hardware::Listener listener();
    void open_store();
    void connect();
    void open_kiosk();
    void open_readers();
    void stop();
    void reload();
    void listen_for_reload();
    void fail(const db::StoreFault& fault);

    const ServiceOptions& o_;
    Log& log_;
    Notify notify_{};
    asio::io_context io_{1};
    protocol::BootId boot_ = new_boot();
    Clock early_{ClockSource::assume, {}};  // uptime for the parts that start before the store
    InHand in_hand_;
    std::optional<hal::SimulatedWorld> world_{};  // with --simulate
    std::unique_ptr<hal::Hardware> hardware_;
    std::optional<db::Store> store_{};
    std::optional<Clock> clock_{};
    core::Now since_{};
    Intake intake_;
    std::optional<Loop> loop_{};
    std::optional<Link> link_{};
    std::optional<KioskServer> kiosk_{};
    std::optional<ReaderDesk> readers_{};
    std::optional<Housekeeping> housekeeping_{};
    asio::signal_set signals_{io_};
    asio::signal_set reload_{io_, SIGHUP};
    int exit_code_ = exit_code::ok;
    bool stopping_ = false;
};

Service::Service(const ServiceOptions& options, Log& log, protocol::CodeKey key)
    : o_{options},
      log_{log},
      in_hand_{options.config.state_directory, early_.uptime()},
      hardware_{make_hardware()},
      intake_{options.config.cabinet.id, boot_, options.config.keys, std::move(key)} {
    if (o_.config.returns_key) intake_.seal_cards_to(*o_.config.returns_key);
}

std::unique_ptr<hal::Hardware> Service::make_hardware() {
    const auto uptime = [this] { return early_.uptime(); };
    const Config& config = o_.config;
    if (o_.simulate) {
        world_.emplace(config.state_directory / "simulated-cabinet", config.cabinet.compartments);
        return std::make_unique<hal::SimulatedCabinet>(io_, *world_, config.cabinet, o_.keeper,
                                                       uptime);
    }
    return std::make_unique<hal::GpioCabinet>(
        io_, hal::GpioCabinet::Parts{.wiring = config.wiring,
                                     .limits = config.cabinet.limits,
                                     .keeper = o_.keeper,
                                     .uptime = uptime});
}

hal::Hardware::Listener Service::listener() {
    return {.sensed =
                [this](const core::Senses& senses) {
                    loop_->happened(core::Sensed{senses});
                    if (kiosk_) kiosk_->screen_changed();
                },
            .pulsed =
                [this](core::AuthorisationId id, core::PulseEnd end) {
                    loop_->happened(core::PulseEnded{id, end});
                },
            .lost =
                [this](std::vector<core::CompartmentNumber> numbers, std::string device) {
                    log_.write(Level::error, "lines are gone", {{"DEVICE", device}});
                    loop_->happened(core::HardwareLost{std::move(numbers), std::move(device)});
                },
            .back =
                [this](std::vector<core::Senses> senses, std::string device) {
                    log_.write(Level::notice, "lines are back", {{"DEVICE", device}});
                    loop_->happened(core::HardwareBack{std::move(senses), std::move(device)});
                },
            .mains =
                [this](bool failed) {
                    log_.write(failed ? Level::warning : Level::notice,
                               failed ? "the mains have failed" : "the mains are back");
                    loop_->happened(core::MainsChanged{failed});
                },
            .tamper =
                [this](bool open) {
                    log_.write(open ? Level::warning : Level::notice,
                               open ? "the case was opened" : "the case was shut");
                    loop_->happened(core::CaseMoved{open});
                },
            .trouble = [this](const std::string& what) { log_.write(Level::warning, what); }};
}

void Service::open_store() {
    const auto& limits = o_.config.cabinet.limits;
    store_.emplace(db::Options{.directory = o_.config.state_directory,
                               .cabinet = o_.config.cabinet.id,
                               .ballast_bytes = limits.ballast_mb << 20,
                               .uptime = [this] { return early_.uptime().time_since_epoch(); }},
                   [this](std::function<void()> done) { asio::post(io_, std::move(done)); });
    store_->on_fault([this](const db::StoreFault& fault) { fail(fault); });
    clock_.emplace(o_.config.clock, store_->newest_entry_at().value_or(protocol::WallTime{}));
    since_ = clock_->now();
    log_.write(store_->born() ? Level::notice : Level::info,
               store_->born() ? "a new ledger: deliveries that lie here must be adopted"
                              : "the ledger is open",
               {{"EPOCH", store_->head().epoch.str()},
                {"JOURNAL", std::to_string(protocol::number_of(store_->head().number))}});
}

void Service::fail(const db::StoreFault& fault) {
    // What was decided on top of it never happened; systemd starts us again.
    log_.write(Level::error, fault.what(), {{"ADVICE", fault.advice()}});
    notify_.stopping(fault.what());
    exit_code_ = fault.exit_code();
    io_.stop();
}

void Service::connect() {
    LinkHandlers handlers;
    handlers.message = [this](Incoming incoming) { loop_->message(std::move(incoming)); };
    handlers.connected = [this] {
        log_.write(Level::info, "connected to the broker", {{"URI", o_.config.link.uri}});
        notify_.status("in service, connected");
        loop_->link_connected();
        if (kiosk_) kiosk_->screen_changed();
    };
    handlers.disconnected = [this](const std::string& why) {
        log_.write(Level::warning, "not connected to the broker: " + why,
                   {{"URI", o_.config.link.uri}});
        notify_.status("in service, without the broker");
        if (kiosk_) kiosk_->screen_changed();
    };
    handlers.remark = [this](const std::string& what) { log_.write(Level::notice, what); };
    handlers.event_accepted = [this](protocol::JournalNumber n) { loop_->event_accepted(n); };
    handlers.status = [this](protocol::Link link) {
        return protocol::encode(status_of(o_.config, boot_, link, since_, clock_->now()));
    };
    handlers.read_events = [this](protocol::JournalNumber from, std::size_t count,
                                  std::function<void(std::vector<db::StoredEvent>)> done) {
        store_->read_events(from, count, std::move(done));
    };
    LinkOptions options = o_.config.link;
    options.events_in_flight = static_cast<std::size_t>(o_.config.cabinet.limits.events_in_flight);
    link_.emplace(io_, options, std::move(handlers));
    loop_->attach(*link_);
    link_->start(store_->sent(), store_->head().number);
}

void Service::open_kiosk() {
    if (o_.config.kiosk_port == 0 && o_.config.control_socket.empty()) return;
    KioskHandlers handlers = loop_->kiosk_handlers();
    handlers.world = world_ ? &*world_ : nullptr;
    kiosk_.emplace(io_,
                   KioskOptions{.address = o_.config.kiosk_address,
                                .port = o_.config.kiosk_port,
                                .socket = o_.config.control_socket,
                                .web_directory = o_.web_directory,
                                .cabinet_name = o_.config.name,
                                .help_telephone = o_.config.help_telephone,
                                .version = std::string{lucheng::version},
                                .plan = plan_of(o_.config)},
                   std::move(handlers));
    loop_->attach(*kiosk_);
}

void Service::open_readers() {
    readers_.emplace(io_, log_, *loop_, o_.config.reader_places,
                     [this] { return early_.uptime(); });
}

void Service::stop() {
    if (stopping_) return;
    stopping_ = true;
    log_.write(Level::info, "stopping");
    notify_.stopping("stopping");
    if (kiosk_) kiosk_->stop();
    link_->stop(goodbye);
    io_.stop();
}

// The log level and the certificates, and nothing else: what the cabinet is made of cannot change
// under its ledger.
void Service::reload() {
    notify_.reloading();
    const LoadedConfig loaded = load_config(o_.config_file, o_.simulate);
    Level level = Level::info;
    if (loaded.problems.empty() && level_of(loaded.config.log_level, level)) {
        log_.set_level(level);
        log_.write(Level::notice, "log level " + loaded.config.log_level);
    } else {
        log_.write(Level::error,
                   "the configuration is not taken up: `cabinetd --check-config` "
                   "names what is wrong");
    }
    link_->look_at_files(true);
    notify_.ready("in service");
}

void Service::listen_for_reload() {
    reload_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        reload();
        listen_for_reload();
    });
}

int Service::run() {
    // The locks first: every line inactive before anything else can fail.
    auto senses = hardware_->start(listener());
    open_store();
    core::CabinetSpec spec = o_.config.cabinet;
    if (const std::string why = misfit(spec, store_->ledger()); !why.empty()) {
        log_.write(Level::error, why);
        return exit_code::config;
    }
    loop_.emplace(LoopParts{.io = io_,
                            .clock = *clock_,
                            .log = log_,
                            .intake = intake_,
                            .store = *store_,
                            .hardware = *hardware_,
                            .in_hand = in_hand_,
                            .boot = boot_,
                            .cabinet = spec.id,
                            .limits = spec.limits},
                  core::Cabinet{spec, store_->ledger()});
    // Nobody stands before a screen that does not know the doors yet.
    loop_->boot({.senses = std::move(senses),
                 .version = std::string{lucheng::version},
                 .clean = in_hand_.clean()},
                [this] {
                    open_kiosk();
                    open_readers();
                });
    connect();
    housekeeping_.emplace(HousekeepingParts{
        .io = io_,
        .log = log_,
        .notify = notify_,
        .clock = *clock_,
        .hardware = *hardware_,
        .store = *store_,
        .loop = *loop_,
        .link = *link_,
        .cabinet = spec.id,
        .readers_missing = [this] { return readers_ ? readers_->missing() : std::nullopt; },
        .limits = spec.limits});
    housekeeping_->start([this](int code) {
        exit_code_ = code;
        io_.stop();
    });
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) stop();
    });
    listen_for_reload();
    notify_.ready("in service, connecting");
    io_.run();
    if (exit_code_ == exit_code::ok) in_hand_.ended_in_order();
    return exit_code_;
}

}  // namespace

int serve(const ServiceOptions& options, Log& log) {
    const StateLock lock{options.config.state_directory};
    if (!lock.held()) {
        log.write(Level::error, "another cabinetd serves " +
                                    options.config.state_directory.string() +
                                    "; give each its own cabinet.state_directory");
        return exit_code::unavailable;
    }
    auto key = read_code_key(code_key_path(options.config.code_key_file));
    if (const auto* none = std::get_if<NoKey>(&key)) {
        log.write(Level::error, none->why);
        return exit_code::config;
    }
    try {
        return Service{options, log, std::get<protocol::CodeKey>(key)}.run();
    } catch (const hal::GpioRefused& refused) {
        std::istringstream sentences{refused.what()};
        for (std::string one; std::getline(sentences, one);) {
            log.write(Level::error, one, {{"ADVICE", "`cabinetd --list-gpio` shows more"}});
        }
        return exit_code::unavailable;
    }
}

}  // namespace lucheng::daemon

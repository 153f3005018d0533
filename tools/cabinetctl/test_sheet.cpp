#include "tools/cabinetctl/test_sheet.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "protocol/codec.hpp"

namespace lucheng::cabinetctl {

using protocol::Finding;
using protocol::number_of;
using protocol::Reason;
using protocol::TestedCompartment;
using protocol::TestReport;
namespace {

struct Advice {
    Reason reason;
    std::string_view chinese, english;
};

constexpr std::array advices{
    Advice{Reason::jammed, "检查锁线、锁舌和柜门间隙",
           "check the lock's cable, its bolt and the door's gap"},
    Advice{Reason::no_opening_seen, "在现场重测，看门是否弹开",
           "test again with somebody before it, to see whether the door opens"},
    Advice{Reason::switch_stuck, "检查门磁的接线和磁铁位置",
           "check the switch's cable and the place of its magnet"},
    Advice{Reason::switch_inverted, "在配置中改正该门磁的 active_low",
           "set the door line's active_low the other way in the configuration"},
    Advice{Reason::switch_swapped, "对调两扇门的门磁接线或配置",
           "exchange the two switches, at the terminals or in the configuration"},
    Advice{Reason::lock_swapped, "对调两扇门的锁线或配置",
           "exchange the two locks, at the terminals or in the configuration"},
    Advice{Reason::pair_swapped, "把锁和门磁一起对调，改接线或配置",
           "exchange lock and switch together, at the terminals or in the configuration"},
    Advice{Reason::two_opened, "检查两把锁是否接在同一输出",
           "see whether two locks share one output"},
    Advice{Reason::door_fault, "门磁有变化而门未开：检查锁和门磁",
           "its switch moved and no door opened: check both"},
    Advice{Reason::sensor_stuck, "检查感应器的接线、朝向和灵敏度",
           "check the sensor's cable, where it points and how far it sees"},
    Advice{Reason::sensor_fault, "检查感应器的接线", "check the sensor's cable"},
    Advice{Reason::sensed_occupied, "取出物品；若是空的，检查感应器",
           "take out what is inside; if nothing is, check the sensor"},
    Advice{Reason::unexplained_occupant, "取出物品后恢复启用",
           "take it out, then put it in service"},
    Advice{Reason::no_sensor, "确认为空后恢复启用", "see that it is empty, then put it in service"},
    Advice{Reason::not_shut, "关好柜门后重测", "shut the door and test it again"},
    Advice{Reason::hardware_lost, "检查该组输入输出板的连接", "check the connection of its board"},
    Advice{Reason::lapsed, "重测", "test it again"},
};

const Advice* advice_on(Reason reason) {
    const auto* found = std::find_if(advices.begin(), advices.end(),
                                     [&](const Advice& one) { return one.reason == reason; });
    return found == advices.end() ? nullptr : found;
}

std::string sentence(const Finding& finding) {
    const auto& text = protocol::text_of(finding.reason);
    std::string line{text.chinese};
    if (finding.door) line += fmt::format("（{}号）", number_of(*finding.door));
    line.append(" · ").append(text.english);
    if (finding.door) line += fmt::format(" (door {})", number_of(*finding.door));
    return line;
}

std::string row_of(const TestedCompartment& result) {
    if (result.findings.empty()) {
        return fmt::format("{:>4}  正常 · well\n", number_of(result.number));
    }
    std::string rows;
    for (const Finding& finding : result.findings) {
        rows += fmt::format("{:>4}  {}{}\n", number_of(result.number),
                            result.tested ? "" : "未检测 · not tested: ", sentence(finding));
        if (!protocol::is_fault(result)) continue;
        if (const Advice* advice = advice_on(finding.reason)) {
            rows += fmt::format("      → {} · {}\n", advice->chinese, advice->english);
        }
    }
    return rows;
}

std::string verdict_of(const TestReport& report) {
    const auto& results = report.results;
    const auto faulty = std::count_if(results.begin(), results.end(), protocol::is_fault);
    const auto left = std::count_if(results.begin(), results.end(), [](const auto& result) {
        return !result.tested && !protocol::is_fault(result);
    });
    const auto well = std::ssize(results) - faulty - left;
    const auto not_reached = report.total - std::ssize(results);
    std::string line = fmt::format(
        "共 {} 格：正常 {}，异常 {}，未检测 {} · {} compartments: {} well, {} faulty, {} not "
        "tested\n",
        report.total, well, faulty, left + not_reached, report.total, well, faulty,
        left + not_reached);
    if (report.ended_by) {
        const auto& text = protocol::text_of(*report.ended_by);
        line += fmt::format("提前结束：{} · ended early: {}\n", text.chinese, text.english);
    }
    if (report.kind == protocol::TestKind::self_test) return line;
    // Accepted: every door was seen, and nothing was wrong with any.
    const bool accepted = is_well(report) && well == report.total;
    return line +
           (accepted ? "结论：合格 · Verdict: accepted\n"
                     : "结论：不合格 · Verdict: NOT accepted\n") +
           "\n签字 · Signature: ____________________    日期 · Date: ____________\n";
}

}  // namespace

std::string findings_of(const TestedCompartment& result) {
    std::string line;
    for (const Finding& finding : result.findings) {
        if (!line.empty()) line += "; ";
        line += sentence(finding);
    }
    return line;
}

bool is_well(const TestReport& report) {
    return !report.ended_by &&
           std::none_of(report.results.begin(), report.results.end(), protocol::is_fault);
}

std::string sheet_of(const TestReport& report) {
    const bool acceptance = report.kind == protocol::TestKind::commissioning;
    std::string sheet =
        acceptance ? "验收单 · Acceptance report\n" : "自检报告 · Self-test report\n";
    sheet += fmt::format("书柜 · Cabinet:   {} {}\n", report.cabinet.str(), report.cabinet_name);
    sheet += fmt::format("时间 · Time:      {} – {}\n", protocol::format_time(report.began),
                         protocol::format_time(report.ended));
    sheet += fmt::format("人员 · By:        {}\n", report.by.str());
    sheet += fmt::format("软件 · Software:  cabinetd {}\n\n", report.version);
    for (const auto& result : report.results) sheet += row_of(result);
    return sheet + "\n" + verdict_of(report);
}

}  // namespace lucheng::cabinetctl

#pragma once

#include <catch2/catch_test_macros.hpp>

#include "pch_std.hpp"

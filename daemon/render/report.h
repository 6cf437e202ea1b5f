#pragma once

#include <string>
#include <vector>

#include "daemon/render/batch.h"
#include "daemon/render/compare.h"

namespace auralis::render {

std::string TimeText(double seconds);  // "3:52", "1:02:03"
// What was rendered, a line a file, and below it what a person should know.
std::string ReportTable(const std::vector<Done>& done);
// An object: `files`, with one object each, in the order they were named.
std::string ReportJson(const std::vector<Done>& done);
std::string ComparisonTable(const Comparison& comparison);
std::string ComparisonJson(const Comparison& comparison);

}  // namespace auralis::render

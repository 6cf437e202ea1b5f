#pragma once
// What the parts of the reader of CamillaDSP's configurations share.

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <string>

#include "config/importers/linear_chain.h"

namespace auralis::camilladsp {

// Of a map: null, "" and `otherwise` where the key is missing; not a number for what is none.
YAML::Node Child(const YAML::Node& node, const std::string& key);
std::string TextOf(const YAML::Node& node, const char* key);
double NumberOf(const YAML::Node& node, const char* key, double otherwise);
bool Truth(const YAML::Node& node, const char* key, bool otherwise);

// One filter on its way into the chain.
struct FilterReader {
  YAML::Node node;
  std::filesystem::path folder;
  LinearChain::Names channels;
  LinearChain& chain;
  std::function<void(const std::string&)> note;

  void Take();

 private:
  void Gain(const YAML::Node& parameters);
  void Delay(const YAML::Node& parameters);
  void Biquad(const YAML::Node& parameters);
  void Combination(const YAML::Node& parameters);
  void Convolution(const YAML::Node& parameters);
  void FirstOrder(const std::string& type, double frequency_hz, double gain_db);
  void LinkwitzTransform(const YAML::Node& parameters);
  void Pass(bool high, bool riley, double frequency_hz, double order);
  void Graphic(const YAML::Node& parameters);
  void Add(LinearFilter filter);
};

}  // namespace auralis::camilladsp

#include "daemon/render/tags.h"

#include <taglib/attachedpictureframe.h>
#include <taglib/fileref.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mpegfile.h>
#include <taglib/opusfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/xiphcomment.h>

#include <set>
#include <utility>
#include <vector>

namespace auralis::render {
namespace {

struct Picture {
  TagLib::ByteVector data;
  TagLib::String mime_type;
  TagLib::String description;
  int type = 0;  // of ID3v2 and FLAC, which count alike
};

void Take(const TagLib::List<TagLib::FLAC::Picture*>& from, std::vector<Picture>& to) {
  for (const TagLib::FLAC::Picture* one : from) {
    to.push_back({one->data(), one->mimeType(), one->description(), one->type()});
  }
}

void Take(const TagLib::ID3v2::Tag* from, std::vector<Picture>& to) {
  if (from == nullptr) return;
  for (TagLib::ID3v2::Frame* frame : from->frameList("APIC")) {
    if (const auto* one = dynamic_cast<TagLib::ID3v2::AttachedPictureFrame*>(frame)) {
      to.push_back({one->picture(), one->mimeType(), one->description(), one->type()});
    }
  }
}

std::vector<Picture> PicturesOf(TagLib::File* file) {
  std::vector<Picture> pictures;
  if (auto* flac = dynamic_cast<TagLib::FLAC::File*>(file)) {
    Take(flac->pictureList(), pictures);
  } else if (auto* vorbis = dynamic_cast<TagLib::Ogg::Vorbis::File*>(file)) {
    Take(vorbis->tag()->pictureList(), pictures);
  } else if (auto* opus = dynamic_cast<TagLib::Ogg::Opus::File*>(file)) {
    Take(opus->tag()->pictureList(), pictures);
  } else if (auto* mpeg = dynamic_cast<TagLib::MPEG::File*>(file)) {
    Take(mpeg->ID3v2Tag(false), pictures);
  } else if (auto* wav = dynamic_cast<TagLib::RIFF::WAV::File*>(file)) {
    Take(wav->ID3v2Tag(), pictures);
  }
  return pictures;
}

TagLib::FLAC::Picture* FlacPicture(const Picture& picture) {  // the tag that gets it owns it
  auto* const one = new TagLib::FLAC::Picture;
  one->setData(picture.data);
  one->setMimeType(picture.mime_type);
  one->setDescription(picture.description);
  one->setType(static_cast<TagLib::FLAC::Picture::Type>(picture.type));
  return one;
}

TagLib::ID3v2::AttachedPictureFrame* Id3Picture(const Picture& picture) {
  auto* const one = new TagLib::ID3v2::AttachedPictureFrame;
  one->setPicture(picture.data);
  one->setMimeType(picture.mime_type);
  one->setDescription(picture.description);
  one->setType(static_cast<TagLib::ID3v2::AttachedPictureFrame::Type>(picture.type));
  return one;
}

// Of the old sound, not of the new one.
TagLib::PropertyMap WithoutMeasurements(TagLib::PropertyMap properties) {
  for (const char* key :
       {"REPLAYGAIN_TRACK_GAIN", "REPLAYGAIN_TRACK_PEAK", "REPLAYGAIN_ALBUM_GAIN",
        "REPLAYGAIN_ALBUM_PEAK", "REPLAYGAIN_TRACK_RANGE", "REPLAYGAIN_ALBUM_RANGE",
        "REPLAYGAIN_REFERENCE_LOUDNESS", "R128_TRACK_GAIN", "R128_ALBUM_GAIN", "ENCODER",
        "ENCODING", "ENCODEDBY", "ENCODERSETTINGS"}) {
    properties.erase(key);
  }
  return properties;
}

template <class File>
std::string Write(const std::filesystem::path& path, const TagLib::PropertyMap& properties,
                  const std::vector<Picture>& pictures, void (*add)(File&, const Picture&)) {
  File file(path.c_str(), false);
  if (!file.isValid()) return "tags: TagLib does not know the file";
  const TagLib::PropertyMap left = file.setProperties(properties);
  for (const Picture& picture : pictures) add(file, picture);
  if (!file.save()) return "tags could not be written";
  if (left.isEmpty()) return "";
  std::string keys;
  for (const auto& [key, values] : left) keys += (keys.empty() ? "" : ", ") + key.to8Bit(true);
  return "tags that the format does not have: " + keys;
}

}  // namespace

struct Tags::Content {
  TagLib::PropertyMap properties;
  std::vector<Picture> pictures;
};

Tags::Tags() : content_(std::make_unique<Content>()) {}
Tags::~Tags() = default;
Tags::Tags(Tags&&) noexcept = default;
Tags& Tags::operator=(Tags&&) noexcept = default;

Tags Tags::Of(const std::filesystem::path& path) {
  Tags tags;
  if (IsStream(path)) return tags;
  const TagLib::FileRef file(path.c_str(), false);
  if (file.isNull() || file.file() == nullptr) return tags;
  tags.content_->properties = WithoutMeasurements(file.file()->properties());
  tags.content_->pictures = PicturesOf(file.file());
  return tags;
}

bool Tags::empty() const { return content_->properties.isEmpty() && content_->pictures.empty(); }

std::string Tags::WriteTo(const std::filesystem::path& path, Container container) const {
  const auto& [properties, pictures] = *content_;
  switch (container) {
    case Container::kWav:
      return Write<TagLib::RIFF::WAV::File>(
          path, properties, pictures, [](TagLib::RIFF::WAV::File& file, const Picture& picture) {
            file.ID3v2Tag()->addFrame(Id3Picture(picture));
          });
    case Container::kFlac:
      return Write<TagLib::FLAC::File>(path, properties, pictures,
                                       [](TagLib::FLAC::File& file, const Picture& picture) {
                                         file.addPicture(FlacPicture(picture));
                                       });
    case Container::kOpus:
      return Write<TagLib::Ogg::Opus::File>(
          path, properties, pictures, [](TagLib::Ogg::Opus::File& file, const Picture& picture) {
            file.tag()->addPicture(FlacPicture(picture));
          });
    case Container::kRaw:
      break;
  }
  return "";
}

}  // namespace auralis::render

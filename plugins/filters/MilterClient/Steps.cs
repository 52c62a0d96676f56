namespace PolicyMTA.Filters.MilterClient;

/// <summary>What a filter does not want to hear of, and what it does not answer (SMFIP_* of libmilter's mfdef.h).</summary>
[Flags]
internal enum Steps : uint
{
    None = 0,
    NoConnect = 0x1,
    NoHelo = 0x2,
    NoMail = 0x4,
    NoRecipient = 0x8,
    NoBody = 0x10,
    NoHeaders = 0x20,
    NoEndOfHeaders = 0x40,
    NoReplyToHeader = 0x80,
    NoUnknown = 0x100,
    NoData = 0x200,
    /// <summary>It may say in the middle of the body that it has seen enough.</summary>
    Skip = 0x400,
    NoReplyToConnect = 0x1000,
    NoReplyToHelo = 0x2000,
    NoReplyToMail = 0x4000,
    NoReplyToRecipient = 0x8000,
    NoReplyToData = 0x10000,
    NoReplyToUnknown = 0x20000,
    NoReplyToEndOfHeaders = 0x40000,
    NoReplyToBody = 0x80000,
    /// <summary>Values of header fields go both ways with the white space behind the colon.</summary>
    LeadingSpace = 0x100000,

    /// <summary>What we offer: all but recipients that were refused, which nobody tells a milter here.</summary>
    All = 0x1FF7FF,
}

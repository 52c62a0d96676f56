using System.Buffers.Binary;

namespace PolicyMTA.Filters.MilterClient;

/// <summary>What we and a filter agreed on when it was connected (SMFIC_OPTNEG). An immutable value.</summary>
/// <param name="Version">The protocol it speaks.</param>
/// <param name="Steps">What it does not want, and does not answer.</param>
/// <param name="Macros">The macros it asked for, by stage; those of other stages are the configuration's.</param>
internal sealed record Agreement(uint Version, Steps Steps, IReadOnlyDictionary<MacroStage, IReadOnlyList<string>> Macros)
{
    internal const char Letter = 'O';

    private const uint OurVersion = 6;
    private const uint LeastVersion = 2;
    // SMFIF_ADDHDRS to SMFIF_SETSYMLIST: everything a filter can do.
    private const uint Actions = 0x1FF;
    private const uint DataSince = 4;
    private const int ListsAt = 12;

    /// <summary>True when it hears DATA, which older protocols don't have.</summary>
    internal bool HearsData => Version >= DataSince && !Has(Steps.NoData);

    internal bool Has(Steps step) => (Steps & step) != 0;

    /// <summary>What we can.</summary>
    internal static byte[] Offer()
    {
        var offer = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(offer, OurVersion);
        BinaryPrimitives.WriteUInt32BigEndian(offer.AsSpan(4), Actions);
        BinaryPrimitives.WriteUInt32BigEndian(offer.AsSpan(8), (uint)Steps.All);
        return offer;
    }

    /// <summary>What the filter made of it.</summary>
    /// <exception cref="InvalidDataException">It is no answer, or asks for what we did not offer.</exception>
    internal static Agreement Read(Frame frame)
    {
        if (frame.Letter != Letter) throw frame.Nonsense("is no answer to the negotiation");
        var (version, actions, steps) = (frame.Number(0), frame.Number(4), (Steps)frame.Number(8));
        if (version is < LeastVersion or > OurVersion) throw new InvalidDataException($"it speaks protocol {version}, we speak {LeastVersion} to {OurVersion}");
        if ((actions & ~Actions) != 0) throw new InvalidDataException($"it wants actions 0x{actions:x}, 0x{Actions:x} are possible");
        if ((steps & ~Steps.All) != 0) throw new InvalidDataException($"it wants steps 0x{(uint)steps:x}, 0x{(uint)Steps.All:x} are possible");
        return new Agreement(version, steps, ReadLists(frame));
    }

    // A stage's number and the macros' names, one behind the other.
    private static Dictionary<MacroStage, IReadOnlyList<string>> ReadLists(Frame frame)
    {
        var lists = new Dictionary<MacroStage, IReadOnlyList<string>>();
        for (var at = ListsAt; at < frame.Content.Length;)
        {
            var stage = (MacroStage)frame.Number(at);
            var length = frame.Content.Span[(at + 4)..].IndexOf((byte)0);
            if (length < 0 || !Enum.IsDefined(stage)) throw frame.Nonsense("holds a list of macros that is none");
            var names = System.Text.Encoding.Latin1.GetString(frame.Content.Span.Slice(at + 4, length));
            lists[stage] = MacroNames.Split(names);
            at += 4 + length + 1;
        }
        return lists;
    }
}

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace PolicyMTA.PluginHost;

/// <summary>What can be read from an assembly without loading it.</summary>
/// <param name="Name">Its simple name.</param>
/// <param name="Version">Its version.</param>
/// <param name="References">The assemblies it was built against.</param>
/// <param name="Entries">The types that its <c>[assembly: Plugin&lt;T&gt;]</c> attributes name.</param>
internal sealed record AssemblyFacts(string Name, Version Version, IReadOnlyList<AssemblyName> References, IReadOnlyList<string> Entries)
{
    private const byte GenericInstance = 0x15;
    private const byte Class = 0x12;

    /// <summary>Null when the file is no .NET assembly; <paramref name="mistake"/> then says what it is.</summary>
    public static AssemblyFacts? Read(string path, out string? mistake)
    {
        mistake = "is no .NET assembly";
        try
        {
            using var stream = File.OpenRead(path);
            using var image = new PEReader(stream);
            if (!image.HasMetadata) return null;
            // A reader finds the metadata of a half-copied file, whose end is missing.
            if (image.PEHeaders.SectionHeaders.Any(section => (long)section.PointerToRawData + section.SizeOfRawData > stream.Length))
            {
                mistake = "is cut off: only a part of the file is there";
                return null;
            }
            var metadata = image.GetMetadataReader();
            if (!metadata.IsAssembly) return null;
            mistake = null;
            var definition = metadata.GetAssemblyDefinition();
            var references = metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName()).ToList();
            return new AssemblyFacts(metadata.GetString(definition.Name), definition.Version, references, FindEntries(metadata));
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    private static List<string> FindEntries(MetadataReader metadata)
    {
        var entries = new List<string>();
        foreach (var handle in metadata.GetAssemblyDefinition().GetCustomAttributes())
        {
            var constructor = metadata.GetCustomAttribute(handle).Constructor;
            if (constructor.Kind != HandleKind.MemberReference) continue;
            var parent = metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent;
            if (parent.Kind != HandleKind.TypeSpecification) continue;
            var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
            if (ReadEntry(metadata, ref signature) is { } entry) entries.Add(entry);
        }
        return entries;
    }

    // ECMA-335 II.23.2.14: GENERICINST CLASS attribute 1 CLASS entry.
    private static string? ReadEntry(MetadataReader metadata, ref BlobReader signature)
    {
        if (signature.ReadByte() != GenericInstance || signature.ReadByte() != Class) return null;
        var attribute = signature.ReadTypeHandle();
        if (attribute.Kind != HandleKind.TypeReference || !IsPluginAttribute(metadata, metadata.GetTypeReference((TypeReferenceHandle)attribute))) return null;
        if (signature.ReadCompressedInteger() != 1 || signature.ReadByte() != Class) return null;
        var entry = signature.ReadTypeHandle();
        return entry.Kind == HandleKind.TypeDefinition ? metadata.GetString(metadata.GetTypeDefinition((TypeDefinitionHandle)entry).Name) : null;
    }

    private static bool IsPluginAttribute(MetadataReader metadata, TypeReference type) =>
        metadata.StringComparer.Equals(type.Namespace, "PolicyMTA.Sdk") && metadata.StringComparer.Equals(type.Name, "PluginAttribute`1");
}
